#include "network.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>

#include "addon.h"
#include "arguments.h"
#include "job.h"

Worker *NetlinkThread(Napi::Env env, int protocol) {
  auto *state = env.GetInstanceData<AddonState>();
  return protocol == NETLINK_ROUTE ? &state->links : &state->sockets;
}

namespace {

Outcome OpenHere(int protocol, int *fd) {
  *fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  return *fd < 0 ? Failed("socket") : Outcome();
}

// The socket knows its namespace: /proc takes ten times as long to say.
Outcome OpenNetworkOf(int socket, int *fd) {
  *fd = ioctl(socket, SIOCGSKNS);
  return *fd < 0 ? Failed("ioctl") : Outcome();
}

// Where the process is, for its threads to come back to.
Outcome FindHome(Napi::Env env, int *home) {
  *home = env.GetInstanceData<AddonState>()->home.number;
  if (*home >= 0) return {};
  return {EBADF, "open"};
}

// What a thread does in another network namespace, and its way back. Only a loss of rights or a lack of memory bars that; the
// thread then does no harm in there, for whatever it does names its place, but the namespace lasts until it goes elsewhere.
Outcome Visit(int home, const std::function<Outcome()> &work) {
  Outcome outcome = work();
  if (setns(home, CLONE_NEWNET) < 0 && outcome.error == 0) outcome = Failed("setns");
  return outcome;
}

Outcome OpenThere(int protocol, int target, int *fd) {
  return setns(target, CLONE_NEWNET) < 0 ? Failed("setns") : OpenHere(protocol, fd);
}

Napi::Value Settled(Napi::Env env, Outcome outcome, int fd) {
  Deferred deferred(env);
  if (outcome.error != 0)
    deferred.Reject(outcome.error, outcome.syscall);
  else
    deferred.Resolve(Napi::Number::New(env, fd));
  return deferred.Promise();
}

Napi::Value OpenNetlink(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int protocol = args.Int(0);
  int target = args.Int(1);
  if (args.Refused()) return {};
  int fd = -1, home = -1;
  // Nothing to enter, and nobody to wait for.
  if (target < 0) {
    Outcome outcome = OpenHere(protocol, &fd);
    return Settled(env, outcome, fd);
  }
  Outcome outcome = FindHome(env, &home);
  if (outcome.error != 0) return Settled(env, outcome, fd);
  auto opened = std::make_shared<Fd>();
  auto open = [=] { return OpenThere(protocol, target, &opened->number); };
  auto number = [=](Napi::Env loop) { return Napi::Number::New(loop, opened->Release()); };
  return Submit(env, NetlinkThread(env, protocol), {[=] { return Visit(home, open); }, number});
}

// A network namespace that is to be made. Its descriptors, which somebody else closes, have their numbers before they can be
// joined or written to.
struct NewNetwork {
  int protocol;
  int home;
  int network;
  int socket;
  // Where whoever waits for the namespace gets it from.
  std::shared_ptr<Fd> going;
};

Outcome Hand(int fd, int connection) {
  char byte = 0;
  iovec vector = {&byte, 1};
  union {
    cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {};
  control.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
  memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  // One that has gone has told why.
  bool failed = sendmsg(connection, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EPIPE;
  return failed ? Failed("sendmsg") : Outcome();
}

// From a stand-in to the descriptor itself.
Outcome Become(const Fd &fd, int number) {
  return dup3(fd.number, number, O_CLOEXEC) < 0 ? Failed("dup3") : Outcome();
}

Outcome EnterNew(const NewNetwork &made) {
  Fd socket, network;
  Outcome outcome = unshare(CLONE_NEWNET) < 0 ? Failed("unshare") : OpenHere(made.protocol, &socket.number);
  if (outcome.error == 0) outcome = OpenNetworkOf(socket.number, &network.number);
  if (outcome.error == 0) outcome = Become(socket, made.socket);
  if (outcome.error == 0) outcome = Become(network, made.network);
  return outcome.error == 0 ? Hand(network.number, made.going->number) : outcome;
}

Outcome MakeNetwork(const NewNetwork &made) {
  Outcome outcome = Visit(made.home, [&] { return EnterNew(made); });
  // Of the connection itself: whoever waits may hold a copy of this end, which no close of ours would end.
  shutdown(made.going->number, SHUT_WR);
  return outcome;
}

// A descriptor that nobody can join or write to.
Outcome StandIn(Fd *fd) {
  fd->number = open("/", O_PATH | O_CLOEXEC);
  return fd->number < 0 ? Failed("open") : Outcome();
}

Outcome Connect(Fd *coming, Fd *going) {
  int ends[2] = {-1, -1};
  int result = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
  coming->number = ends[0];
  going->number = ends[1];
  return result < 0 ? Failed("socketpair") : Outcome();
}

Napi::Value MakeNetworkNamespace(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int protocol = args.Int(0);
  if (args.Refused()) return {};
  int home = -1;
  Fd network, socket, coming;
  auto going = std::make_shared<Fd>();
  Outcome outcome = FindHome(env, &home);
  if (outcome.error == 0) outcome = Connect(&coming, going.get());
  if (outcome.error == 0) outcome = StandIn(&network);
  if (outcome.error == 0) outcome = StandIn(&socket);
  if (outcome.error != 0) return Fail(env, outcome.error, outcome.syscall);
  NewNetwork made = {protocol, home, network.Release(), socket.Release(), going};
  auto result = Napi::Object::New(env);
  result.Set("made", Submit(env, NetlinkThread(env, protocol), {[made] { return MakeNetwork(made); }}));
  result.Set("namespace", made.network);
  result.Set("socket", made.socket);
  result.Set("coming", coming.Release());
  return result;
}

} // namespace

void AddNetwork(Napi::Object exports) {
  Export<OpenNetlink>(exports, "openNetlink");
  Export<MakeNetworkNamespace>(exports, "makeNetworkNamespace");
}

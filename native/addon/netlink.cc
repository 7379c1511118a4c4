#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "deferred.h"

namespace {

// What a system call said; 0 for none that failed.
struct Outcome {
  int error = 0;
  const char *syscall = "";
};

Outcome Failed(const char *syscall) {
  return {errno, syscall};
}

// On a thread that ends with it: a thread that came back from a namespace could fail to, and would then start things in there.
Outcome RunOnOwnThread(const std::function<Outcome()> &work) {
  struct Run {
    const std::function<Outcome()> &work;
    Outcome outcome;
  } own = {work, {}};
  auto run = [](void *argument) -> void * {
    auto *mine = static_cast<Run *>(argument);
    mine->outcome = mine->work();
    return nullptr;
  };
  pthread_t thread;
  int error = pthread_create(&thread, nullptr, run, &own);
  if (error != 0) return {error, "pthread_create"};
  pthread_join(thread, nullptr);
  return own.outcome;
}

Outcome OpenHere(int protocol, int *fd) {
  *fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  return *fd < 0 ? Failed("socket") : Outcome();
}

Outcome OpenThere(int protocol, int target, int *fd) {
  return setns(target, CLONE_NEWNET) < 0 ? Failed("setns") : OpenHere(protocol, fd);
}

void Settle(Napi::Env env, const Deferred &deferred, Outcome outcome, int fd) {
  if (outcome.error != 0)
    deferred.Reject(outcome.error, outcome.syscall);
  else
    deferred.Resolve(Napi::Number::New(env, fd));
}

// A change of nftables may take long, and none of a link has to wait for that.
Worker *ThreadOf(Napi::Env env, int protocol) {
  auto *state = env.GetInstanceData<AddonState>();
  return protocol == NETLINK_ROUTE ? &state->links : &state->sockets;
}

// Runs `work` on the protocol's thread; the promise is of the descriptor it leaves.
Napi::Value Submit(Napi::Env env, int protocol, const std::function<Outcome(int *)> &work) {
  Deferred deferred(env);
  int error = ThreadOf(env, protocol)->Submit([work, deferred]() -> Worker::Answer {
    int fd = -1;
    Outcome outcome = RunOnOwnThread([&] { return work(&fd); });
    return [=](Napi::Env loop) { Settle(loop, deferred, outcome, fd); };
  });
  if (error != 0) deferred.Reject(error, "pthread_create");
  return deferred.Promise();
}

Napi::Value OpenNetlink(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int protocol = args.Int(0);
  int target = args.Int(1);
  if (args.Refused()) return {};
  if (target >= 0) return Submit(env, protocol, [=](int *fd) { return OpenThere(protocol, target, fd); });
  // Nothing to enter, and nobody to wait for.
  Deferred deferred(env);
  int fd = -1;
  Outcome outcome = OpenHere(protocol, &fd);
  Settle(env, deferred, outcome, fd);
  return deferred.Promise();
}

// A descriptor by another number, which stood for it until then.
Outcome Become(int fd, int number) {
  Outcome outcome = dup3(fd, number, O_CLOEXEC) < 0 ? Failed("dup3") : Outcome();
  close(fd);
  return outcome;
}

struct NewNetwork {
  int protocol;
  int network; // what stands for the namespace's descriptor
  int socket;  // and for the socket's
  int waiting; // who waits for the first at the other end; -1 for nobody
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

// The socket knows its namespace: /proc takes ten times as long to say.
Outcome OpenNetworkOf(int socket, int number) {
  int network = ioctl(socket, SIOCGSKNS);
  return network < 0 ? Failed("ioctl") : Become(network, number);
}

Outcome EnterNew(const NewNetwork &made) {
  if (unshare(CLONE_NEWNET) < 0) return Failed("unshare");
  int socket = -1;
  Outcome outcome = OpenHere(made.protocol, &socket);
  if (outcome.error == 0) outcome = Become(socket, made.socket);
  if (outcome.error == 0) outcome = OpenNetworkOf(made.socket, made.network);
  if (outcome.error == 0 && made.waiting >= 0) outcome = Hand(made.network, made.waiting);
  return outcome;
}

Outcome MakeNetwork(const NewNetwork &made) {
  Outcome outcome = EnterNew(made);
  // Of the connection itself: whoever waits may hold a copy of this end, which no close of ours would end.
  if (made.waiting >= 0) shutdown(made.waiting, SHUT_WR);
  return outcome;
}

Napi::Value MakeNetworkNamespace(const Napi::CallbackInfo &info) {
  Arguments args(info);
  NewNetwork made = {args.Int(0), args.Int(1), args.Int(2), args.Int(3)};
  if (args.Refused()) return {};
  return Submit(info.Env(), made.protocol, [=](int *fd) {
    *fd = made.network;
    return MakeNetwork(made);
  });
}

// A datagram may be no longer than the buffer, which is 208 KiB by default; only an administrator may enlarge it further.
int SendAll(int fd, const std::vector<uint8_t> &data) {
  if (send(fd, data.data(), data.size(), 0) >= 0) return 0;
  int size = static_cast<int>(data.size());
  if (errno != EMSGSIZE || setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0) return errno;
  return send(fd, data.data(), data.size(), 0) < 0 ? errno : 0;
}

Napi::Value SendNetlink(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int protocol = args.Int(0);
  int fd = args.Int(1);
  Bytes data = args.Data(2);
  if (args.Refused()) return {};
  Deferred deferred(env);
  auto copy = std::make_shared<std::vector<uint8_t>>(data.data, data.data + data.size);
  int error = ThreadOf(env, protocol)->Submit([fd, copy, deferred]() -> Worker::Answer {
    int failed = SendAll(fd, *copy);
    return [failed, deferred](Napi::Env loop) {
      if (failed == 0)
        deferred.Resolve(loop.Undefined());
      else
        deferred.Reject(failed, "send");
    };
  });
  if (error != 0) deferred.Reject(error, "pthread_create");
  return deferred.Promise();
}

// What comes at once, all elements of as many pods as a bridge has ports, may wait; memory is taken only for what does.
constexpr int kNewsBytes = 4 << 20;

// Bound, for the kernel takes a socket without an address for the one that caused the news, and does not tell it.
int Join(int fd, int group) {
  // Only an administrator may; for anybody else the default has to do.
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kNewsBytes, sizeof kNewsBytes);
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  if (bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) < 0) return errno;
  return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0 ? errno : 0;
}

Napi::Value ListenNetlink(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int protocol = args.Int(0);
  int group = args.Int(1);
  if (args.Refused()) return {};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (fd < 0) return Fail(env, errno, "socket");
  int error = Join(fd, group);
  if (error == 0) return Napi::Number::New(env, fd);
  close(fd);
  return Fail(env, error, "setsockopt");
}

} // namespace

void AddNetlink(Napi::Object exports) {
  Export<OpenNetlink>(exports, "openNetlink");
  Export<MakeNetworkNamespace>(exports, "makeNetworkNamespace");
  Export<SendNetlink>(exports, "sendNetlink");
  Export<ListenNetlink>(exports, "listenNetlink");
}

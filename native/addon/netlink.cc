#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "deferred.h"

namespace {

struct Opening {
  void (*run)(Opening *);
  int protocol;
  int pidfd;
  int fd;
  int error;
  const char *syscall;
};

void Open(Opening *opening) {
  opening->syscall = "setns";
  if (opening->pidfd >= 0 && setns(opening->pidfd, CLONE_NEWNET) < 0) {
    opening->error = errno;
    return;
  }
  opening->syscall = "socket";
  opening->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, opening->protocol);
  if (opening->fd < 0) opening->error = errno;
}

void MakeNamespace(Opening *opening) {
  opening->syscall = "unshare";
  if (unshare(CLONE_NEWNET) < 0) {
    opening->error = errno;
    return;
  }
  opening->syscall = "open";
  opening->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (opening->fd < 0) opening->error = errno;
}

// On a thread that ends with it: a thread that came back could fail to, and would then start things in there.
void RunOnOwnThread(Opening *opening) {
  auto run = [](void *argument) -> void * {
    auto *own = static_cast<Opening *>(argument);
    own->run(own);
    return nullptr;
  };
  pthread_t thread;
  opening->syscall = "pthread_create";
  opening->error = pthread_create(&thread, nullptr, run, opening);
  if (opening->error == 0) pthread_join(thread, nullptr);
}

Worker::Answer RunOpening(Opening opening, const Deferred &deferred) {
  RunOnOwnThread(&opening);
  return [opening, deferred](Napi::Env env) {
    if (opening.error != 0)
      deferred.Reject(opening.error, opening.syscall);
    else
      deferred.Resolve(Napi::Number::New(env, opening.fd));
  };
}

Napi::Value SubmitOpening(Napi::Env env, const Opening &opening) {
  Deferred deferred(env);
  auto *state = env.GetInstanceData<AddonState>();
  int error = state->sockets.Submit([opening, deferred] { return RunOpening(opening, deferred); });
  if (error != 0) deferred.Reject(error, "pthread_create");
  return deferred.Promise();
}

Napi::Value OpenNetlink(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  Opening opening = {Open, args.Int(0), args.Int(1), -1, 0, ""};
  if (args.Refused()) return {};
  return SubmitOpening(env, opening);
}

Napi::Value MakeNetworkNamespace(const Napi::CallbackInfo &info) {
  return SubmitOpening(info.Env(), {MakeNamespace, 0, -1, -1, 0, ""});
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
  int fd = args.Int(0);
  Bytes data = args.Data(1);
  if (args.Refused()) return {};
  Deferred deferred(env);
  auto *state = env.GetInstanceData<AddonState>();
  auto copy = std::make_shared<std::vector<uint8_t>>(data.data, data.data + data.size);
  int error = state->sockets.Submit([fd, copy, deferred]() -> Worker::Answer {
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

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"

namespace {

Napi::Value PidfdOpen(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int pid = args.Int(0);
  if (args.Refused()) return {};
  return Answer(info.Env(), syscall(SYS_pidfd_open, pid, 0), "pidfd_open");
}

Napi::Value PidfdSendSignal(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int pidfd = args.Int(0);
  int signal = args.Int(1);
  if (args.Refused()) return {};
  return Done(info.Env(), syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0), "pidfd_send_signal");
}

Napi::Value PidfdWait(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int pidfd = args.Int(0);
  if (args.Refused()) return {};
  siginfo_t child = {};
  if (waitid(P_PIDFD, static_cast<id_t>(pidfd), &child, WEXITED | WNOHANG | __WALL) < 0)
    return Fail(env, errno, "waitid");
  if (child.si_pid == 0) return env.Null();
  auto result = Napi::Object::New(env);
  result.Set("code", child.si_code);
  result.Set("status", child.si_status);
  return result;
}

Napi::Value PidfdGetfd(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int pidfd = args.Int(0);
  int fd = args.Int(1);
  if (args.Refused()) return {};
  return Answer(info.Env(), syscall(SYS_pidfd_getfd, pidfd, fd, 0), "pidfd_getfd");
}

} // namespace

void AddPidfd(Napi::Object exports) {
  Export<PidfdOpen>(exports, "pidfdOpen");
  Export<PidfdSendSignal>(exports, "pidfdSendSignal");
  Export<PidfdWait>(exports, "pidfdWait");
  Export<PidfdGetfd>(exports, "pidfdGetfd");
}

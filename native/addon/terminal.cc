#include <sys/ioctl.h>
#include <sys/resource.h>

#include "addon.h"
#include "arguments.h"

namespace {

Napi::Value SetWindowSize(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fd = args.Int(0);
  uint32_t rows = args.Uint32(1);
  uint32_t columns = args.Uint32(2);
  if (args.Check(rows <= UINT16_MAX && columns <= UINT16_MAX).Refused()) return {};
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  return Done(info.Env(), ioctl(fd, TIOCSWINSZ, &size), "ioctl");
}

Napi::Value GetWindowSize(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int fd = args.Int(0);
  if (args.Refused()) return {};
  winsize size = {};
  if (ioctl(fd, TIOCGWINSZ, &size) < 0) return Fail(env, errno, "ioctl");
  auto result = Napi::Object::New(env);
  result.Set("rows", size.ws_row);
  result.Set("columns", size.ws_col);
  return result;
}

Napi::Value GetRlimit(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int resource = args.Int(0);
  if (args.Refused()) return {};
  rlimit limit = {};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) < 0) return Fail(env, errno, "getrlimit");
  auto result = Napi::Object::New(env);
  result.Set("soft", Napi::BigInt::New(env, static_cast<uint64_t>(limit.rlim_cur)));
  result.Set("hard", Napi::BigInt::New(env, static_cast<uint64_t>(limit.rlim_max)));
  return result;
}

} // namespace

void AddTerminal(Napi::Object exports) {
  Export<SetWindowSize>(exports, "setWindowSize");
  Export<GetWindowSize>(exports, "getWindowSize");
  Export<GetRlimit>(exports, "getRlimit");
}

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>

#include "addon.h"
#include "arguments.h"

namespace {

constexpr int64_t kSecond = 1000000000;
// XATTR_SIZE_MAX of the kernel.
constexpr size_t kMaxAttribute = 65536;

Napi::Value Fchownat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Path(1);
  uint32_t uid = args.Uint32(2);
  uint32_t gid = args.Uint32(3);
  int flags = args.Int(4);
  if (args.Refused()) return {};
  return Done(info.Env(), fchownat(dirFd, name.c_str(), uid, gid, flags), "fchownat");
}

Napi::Value Fchmodat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Path(1);
  uint32_t mode = args.Uint32(2);
  if (args.Refused()) return {};
  return Done(info.Env(), fchmodat(dirFd, name.c_str(), mode, 0), "fchmodat");
}

// Times before 1970 count backwards in seconds, but tv_nsec is never negative.
timespec Timespec(int64_t ns) {
  int64_t seconds = ns / kSecond;
  int64_t rest = ns % kSecond;
  return rest < 0 ? timespec{seconds - 1, rest + kSecond} : timespec{seconds, rest};
}

Napi::Value Utimensat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Path(1);
  timespec times[2] = {Timespec(args.BigInt(2)), Timespec(args.BigInt(3))};
  int flags = args.Int(4);
  if (args.Refused()) return {};
  return Done(info.Env(), utimensat(dirFd, name.c_str(), times, flags), "utimensat");
}

// There is no setxattrat before Linux 6.13, and fsetxattr refuses O_PATH: /proc names both.
struct AttributePath {
  std::string path;
  bool follow;
};

AttributePath LocateAttribute(int dirFd, const std::string &name) {
  std::string self = "/proc/self/fd/" + std::to_string(dirFd);
  if (name.empty()) return {self, true};
  return {dirFd < 0 ? name : self + "/" + name, false};
}

Napi::Value Setxattrat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  AttributePath at = LocateAttribute(dirFd, args.Path(1));
  std::string attribute = args.Text(2);
  Bytes value = args.Data(3);
  int flags = args.Int(4);
  if (args.Refused()) return {};
  auto set = at.follow ? setxattr : lsetxattr;
  return Done(info.Env(), set(at.path.c_str(), attribute.c_str(), value.data, value.size, flags), "setxattr");
}

Napi::Value Getxattrat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  AttributePath at = LocateAttribute(dirFd, args.Path(1));
  std::string attribute = args.Text(2);
  if (args.Refused()) return {};
  std::vector<char> value(kMaxAttribute);
  auto get = at.follow ? getxattr : lgetxattr;
  ssize_t size = get(at.path.c_str(), attribute.c_str(), value.data(), value.size());
  if (size < 0) return Fail(info.Env(), errno, "getxattr");
  return Napi::Buffer<char>::Copy(info.Env(), value.data(), static_cast<size_t>(size));
}

Napi::Value Listxattrat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  AttributePath at = LocateAttribute(dirFd, args.Path(1));
  if (args.Refused()) return {};
  std::vector<char> names(kMaxAttribute);
  auto list = at.follow ? listxattr : llistxattr;
  ssize_t size = list(at.path.c_str(), names.data(), names.size());
  if (size < 0) return Fail(info.Env(), errno, "listxattr");
  Napi::Array result = Napi::Array::New(info.Env());
  for (const char *name = names.data(); name < names.data() + size; name += strlen(name) + 1) {
    result.Set(result.Length(), name);
  }
  return result;
}

} // namespace

void AddAttribute(Napi::Object exports) {
  Export<Fchownat>(exports, "fchownat");
  Export<Fchmodat>(exports, "fchmodat");
  Export<Utimensat>(exports, "utimensat");
  Export<Setxattrat>(exports, "setxattrat");
  Export<Getxattrat>(exports, "getxattrat");
  Export<Listxattrat>(exports, "listxattrat");
}

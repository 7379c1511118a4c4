#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/nsfs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"

// Linux 6.3.
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace {

// Before 6.3 every memfd can be executed, and saying so is EINVAL.
int CreateMemfd(const std::string &name, bool executable) {
  unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int fd = memfd_create(name.c_str(), flags | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL));
  return fd < 0 && errno == EINVAL ? memfd_create(name.c_str(), flags) : fd;
}

bool WriteAll(int fd, Bytes data) {
  while (data.size > 0) {
    ssize_t written = write(fd, data.data, data.size);
    if (written < 0) return false;
    data.data += written;
    data.size -= static_cast<size_t>(written);
  }
  return true;
}

// The name of the call that failed, or null.
const char *FillMemfd(int fd, Bytes data, bool seal) {
  if (!WriteAll(fd, data)) return "write";
  if (seal && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) return "fcntl";
  return nullptr;
}

Napi::Value Memfd(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  std::string name = args.Text(0);
  Bytes data = args.Data(1);
  bool seal = args.Bool(2);
  bool executable = args.Bool(3);
  if (args.Refused()) return {};
  int fd = CreateMemfd(name, executable);
  if (fd < 0) return Fail(env, errno, "memfd_create");
  const char *failed = FillMemfd(fd, data, seal);
  if (failed == nullptr) return Napi::Number::New(env, fd);
  int error = errno;
  close(fd);
  return Fail(env, error, failed);
}

Napi::Value Pipe(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return Fail(env, errno, "pipe2");
  auto result = Napi::Array::New(env, 2);
  result.Set(0u, ends[0]);
  result.Set(1u, ends[1]);
  return result;
}

Napi::Value Close(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fd = args.Int(0);
  if (args.Refused()) return {};
  return Done(info.Env(), close(fd), "close");
}

Napi::Value Dup(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fd = args.Int(0);
  if (args.Refused()) return {};
  return Answer(info.Env(), fcntl(fd, F_DUPFD_CLOEXEC, 0), "fcntl");
}

Napi::Value Flock(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fd = args.Int(0);
  int operation = args.Int(1);
  if (args.Refused()) return {};
  return Done(info.Env(), flock(fd, operation), "flock");
}

Napi::Value GetFlags(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fd = args.Int(0);
  if (args.Refused()) return {};
  return Answer(info.Env(), fcntl(fd, F_GETFL), "fcntl");
}

Napi::Value SetNonblocking(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fd = args.Int(0);
  bool nonblocking = args.Bool(1);
  if (args.Refused()) return {};
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return Fail(info.Env(), errno, "fcntl");
  flags = nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  return Done(info.Env(), fcntl(fd, F_SETFL, flags), "fcntl");
}

Napi::Value NamespaceType(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fd = args.Int(0);
  if (args.Refused()) return {};
  return Answer(info.Env(), ioctl(fd, NS_GET_NSTYPE), "ioctl");
}

} // namespace

void AddFd(Napi::Object exports) {
  Export<Memfd>(exports, "memfd");
  Export<Pipe>(exports, "pipe");
  Export<Close>(exports, "close");
  Export<Dup>(exports, "dup");
  Export<Flock>(exports, "flock");
  Export<GetFlags>(exports, "getFlags");
  Export<SetNonblocking>(exports, "setNonblocking");
  Export<NamespaceType>(exports, "namespaceType");
}

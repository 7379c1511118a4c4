#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <climits>
#include <memory>

#include "addon.h"
#include "arguments.h"
#include "job.h"

namespace {

Napi::Value Openat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string path = args.Path(1);
  int flags = args.Int(2);
  uint32_t mode = args.Uint32(3);
  if (args.Refused()) return {};
  return Answer(info.Env(), openat(dirFd, path.c_str(), flags | O_CLOEXEC, mode), "openat");
}

Napi::Value Openat2(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string path = args.Path(1);
  open_how how = {args.Uint64(2) | O_CLOEXEC, args.Uint64(3), args.Uint64(4)};
  if (args.Refused()) return {};
  return Answer(info.Env(), syscall(SYS_openat2, dirFd, path.c_str(), &how, sizeof(how)), "openat2");
}

Napi::Value Mkdirat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Path(1);
  uint32_t mode = args.Uint32(2);
  if (args.Refused()) return {};
  return Done(info.Env(), mkdirat(dirFd, name.c_str(), mode), "mkdirat");
}

Napi::Value Unlinkat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Path(1);
  bool isDirectory = args.Bool(2);
  if (args.Refused()) return {};
  return Done(info.Env(), unlinkat(dirFd, name.c_str(), isDirectory ? AT_REMOVEDIR : 0), "unlinkat");
}

Napi::Value Renameat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fromDirFd = args.Int(0);
  std::string from = args.Path(1);
  int toDirFd = args.Int(2);
  std::string to = args.Path(3);
  uint32_t flags = args.Uint32(4);
  if (args.Refused()) return {};
  return Done(info.Env(), renameat2(fromDirFd, from.c_str(), toDirFd, to.c_str(), flags), "renameat2");
}

Napi::Value Linkat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fromDirFd = args.Int(0);
  std::string from = args.Path(1);
  int toDirFd = args.Int(2);
  std::string to = args.Path(3);
  int flags = args.Int(4);
  if (args.Refused()) return {};
  return Done(info.Env(), linkat(fromDirFd, from.c_str(), toDirFd, to.c_str(), flags), "linkat");
}

Napi::Value Symlinkat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  std::string target = args.Path(0);
  int dirFd = args.Int(1);
  std::string name = args.Path(2);
  if (args.Refused()) return {};
  return Done(info.Env(), symlinkat(target.c_str(), dirFd, name.c_str()), "symlinkat");
}

Napi::Value Readlinkat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Path(1);
  if (args.Refused()) return {};
  char target[PATH_MAX];
  ssize_t size = readlinkat(dirFd, name.c_str(), target, sizeof(target));
  if (size < 0) return Fail(info.Env(), errno, "readlinkat");
  return Napi::Buffer<char>::Copy(info.Env(), target, static_cast<size_t>(size));
}

Napi::Value Mknodat(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Path(1);
  uint32_t mode = args.Uint32(2);
  dev_t device = makedev(args.Uint32(3), args.Uint32(4));
  if (args.Refused()) return {};
  return Done(info.Env(), mknodat(dirFd, name.c_str(), mode, device), "mknodat");
}

// In one call, if the file takes it: those of cgroups and of /proc take a value a write.
int WriteAll(int fd, const std::string &text) {
  for (size_t at = 0; at < text.size();) {
    ssize_t written = write(fd, text.data() + at, text.size() - at);
    if (written <= 0) return written < 0 ? errno : EIO;
    at += static_cast<size_t>(written);
  }
  return 0;
}

Napi::Value WriteAt(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Path(1);
  std::string text = args.Text(2);
  int flags = args.Int(3);
  uint32_t mode = args.Uint32(4);
  if (args.Refused()) return {};
  int fd = openat(dirFd, name.c_str(), flags | O_WRONLY | O_CLOEXEC, mode);
  if (fd < 0) return Fail(env, errno, "openat");
  int error = WriteAll(fd, text);
  close(fd);
  return error == 0 ? env.Undefined() : Fail(env, error, "write");
}

// Bytes read up to `size`, or -1: procfs and cgroupfs may answer in pieces.
ssize_t ReadUpTo(int fd, char *bytes, size_t size) {
  size_t total = 0;
  while (total < size) {
    ssize_t count = read(fd, bytes + total, size - total);
    if (count < 0) return -1;
    if (count == 0) break;
    total += static_cast<size_t>(count);
  }
  return static_cast<ssize_t>(total);
}

Napi::Value ReadAt(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Path(1);
  uint32_t maxBytes = args.Uint32(2);
  if (args.Check(maxBytes <= (16u << 20)).Refused()) return {};
  int fd = openat(dirFd, name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Fail(env, errno, "openat");
  std::unique_ptr<char[]> bytes(new char[maxBytes]);
  ssize_t size = ReadUpTo(fd, bytes.get(), maxBytes);
  int error = errno;
  close(fd);
  if (size < 0) return Fail(env, error, "read");
  return Napi::String::New(env, bytes.get(), static_cast<size_t>(size));
}

// On a thread of its own: it may take as long as the disk is slow, and libuv's pool has four for everybody.
Napi::Value Syncfs(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int fd = args.Int(0);
  if (args.Refused()) return {};
  auto *state = env.GetInstanceData<AddonState>();
  return Submit(env, &state->disk, {[fd] { return syncfs(fd) < 0 ? Failed("syncfs") : Outcome(); }});
}

} // namespace

void AddFile(Napi::Object exports) {
  Export<Openat>(exports, "openat");
  Export<Openat2>(exports, "openat2");
  Export<Mkdirat>(exports, "mkdirat");
  Export<Unlinkat>(exports, "unlinkat");
  Export<Renameat>(exports, "renameat");
  Export<Linkat>(exports, "linkat");
  Export<Symlinkat>(exports, "symlinkat");
  Export<Readlinkat>(exports, "readlinkat");
  Export<Mknodat>(exports, "mknodat");
  Export<WriteAt>(exports, "writeAt");
  Export<ReadAt>(exports, "readAt");
  Export<Syncfs>(exports, "syncfs");
}

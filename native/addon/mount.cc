#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "addon.h"
#include "arguments.h"

// <sys/mount.h> and <linux/mount.h> cannot be included together in every glibc.
extern "C" int umount2(const char *target, int flags) noexcept;

namespace {

Napi::Value OpenTree(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string path = args.Path(1);
  uint32_t flags = args.Uint32(2);
  if (args.Refused()) return {};
  return Answer(info.Env(), syscall(SYS_open_tree, dirFd, path.c_str(), flags | OPEN_TREE_CLOEXEC), "open_tree");
}

Napi::Value MoveMount(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int mountFd = args.Int(0);
  int toDirFd = args.Int(1);
  std::string toPath = args.Path(2);
  uint32_t flags = args.Uint32(3) | MOVE_MOUNT_F_EMPTY_PATH;
  if (args.Refused()) return {};
  return Done(info.Env(), syscall(SYS_move_mount, mountFd, "", toDirFd, toPath.c_str(), flags), "move_mount");
}

long SetOption(int fd, const std::string &option) {
  size_t equals = option.find('=');
  if (equals == std::string::npos) return syscall(SYS_fsconfig, fd, FSCONFIG_SET_FLAG, option.c_str(), nullptr, 0);
  std::string key = option.substr(0, equals);
  return syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, key.c_str(), option.c_str() + equals + 1, 0);
}

bool Configure(int fd, const std::vector<std::string> &options) {
  for (const std::string &option : options)
    if (SetOption(fd, option) < 0) return false;
  return syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0;
}

Napi::Value CreateFilesystem(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  std::string type = args.Text(0);
  std::vector<std::string> options = args.Texts(1);
  uint32_t attributes = args.Uint32(2);
  if (args.Refused()) return {};
  int fd = static_cast<int>(syscall(SYS_fsopen, type.c_str(), FSOPEN_CLOEXEC));
  if (fd < 0) return Fail(env, errno, "fsopen");
  bool configured = Configure(fd, options);
  long mount = configured ? syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, attributes) : -1;
  int error = errno;
  close(fd);
  if (mount < 0) return Fail(env, error, configured ? "fsmount" : "fsconfig");
  return Napi::Number::New(env, static_cast<double>(mount));
}

Napi::Value MountSetattr(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string path = args.Path(1);
  uint32_t flags = args.Uint32(2);
  mount_attr attr = {};
  attr.attr_set = args.Member(3, "set");
  attr.attr_clr = args.Member(3, "clear");
  attr.propagation = args.Member(3, "propagation");
  if (args.Refused()) return {};
  long result = syscall(SYS_mount_setattr, dirFd, path.c_str(), flags, &attr, sizeof(attr));
  return Done(info.Env(), result, "mount_setattr");
}

Napi::Value Umount2(const Napi::CallbackInfo &info) {
  Arguments args(info);
  std::string path = args.Path(0);
  int flags = args.Int(1);
  if (args.Refused()) return {};
  return Done(info.Env(), umount2(path.c_str(), flags), "umount2");
}

} // namespace

void AddMount(Napi::Object exports) {
  Export<OpenTree>(exports, "openTree");
  Export<MoveMount>(exports, "moveMount");
  Export<CreateFilesystem>(exports, "createFilesystem");
  Export<MountSetattr>(exports, "mountSetattr");
  Export<Umount2>(exports, "umount2");
}

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "addon.h"
#include "arguments.h"
#include "job.h"

namespace {

struct EmptyMounts {
  // A directory, for a moment.
  std::string anchor;
  Fd mounts;
};

// A copy of the mounts that this thread was born with, which it alone has.
Outcome Leave(EmptyMounts *made) {
  if (unshare(CLONE_FS | CLONE_NEWNS) < 0) return Failed("unshare");
  made->mounts.number = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (made->mounts.number < 0) return Failed("open");
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0 ? Failed("mount") : Outcome();
}

// Whoever enters a namespace begins at its root, which is not ours in a chroot: all would be there that is above.
Outcome CheckRoot(int mounts, const struct stat &empty) {
  struct stat root;
  if (setns(mounts, CLONE_NEWNS) < 0) return Failed("setns");
  if (stat("/", &root) < 0) return Failed("stat");
  return root.st_dev == empty.st_dev && root.st_ino == empty.st_ino ? Outcome() : Outcome{EXDEV, "chroot"};
}

Outcome Empty(const std::string &anchor, int mounts) {
  unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  struct stat empty;
  if (mount("none", anchor.c_str(), "tmpfs", flags, "mode=0555,size=4k") < 0) return Failed("mount");
  if (chdir(anchor.c_str()) < 0) return Failed("chdir");
  if (stat(".", &empty) < 0) return Failed("stat");
  // Over one another: what was the root lies on top then.
  if (syscall(SYS_pivot_root, ".", ".") < 0) return Failed("pivot_root");
  if (umount2(".", MNT_DETACH) < 0) return Failed("umount2");
  return CheckRoot(mounts, empty);
}

struct Run {
  EmptyMounts *made;
  Outcome outcome;
};

void *MakeApart(void *argument) {
  auto *run = static_cast<Run *>(argument);
  run->outcome = Leave(run->made);
  if (run->outcome.error == 0) run->outcome = Empty(run->made->anchor, run->made->mounts.number);
  return nullptr;
}

// On a thread that ends with it, and with which all goes that nobody has a descriptor of.
Outcome Make(EmptyMounts *made) {
  Run run = {made, {}};
  pthread_t thread;
  int error = pthread_create(&thread, nullptr, MakeApart, &run);
  if (error != 0) return {error, "pthread_create"};
  pthread_join(thread, nullptr);
  return run.outcome;
}

Napi::Value MakeEmptyMounts(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  auto made = std::make_shared<EmptyMounts>();
  made->anchor = args.Path(0);
  if (args.Refused()) return {};
  auto number = [made](Napi::Env loop) { return Napi::Number::New(loop, made->mounts.Release()); };
  return Submit(env, &env.GetInstanceData<AddonState>()->links, {[made] { return Make(made.get()); }, number});
}

} // namespace

void AddMountNamespace(Napi::Object exports) {
  Export<MakeEmptyMounts>(exports, "makeEmptyMounts");
}

#include <cerrno>
#include <memory>

#include "addon.h"
#include "arguments.h"
#include "deferred.h"
#include "launcher.h"

namespace {

struct Launching {
  std::shared_ptr<launch> child;
  std::shared_ptr<void> stack;
  Deferred deferred;
};

Napi::Value Outcome(Napi::Env env, const launch_outcome &outcome) {
  auto result = Napi::Object::New(env);
  result.Set("pid", outcome.pid);
  result.Set("pidfd", outcome.pidfd);
  result.Set("startTime", static_cast<double>(outcome.start_time));
  result.Set("records",
             Napi::Buffer<char>::Copy(env, static_cast<const char *>(outcome.records), outcome.records_size));
  return result;
}

// On the launcher's thread; what it returns runs on the event loop.
Worker::Answer RunLaunch(const Launching &launching) {
  launch_outcome outcome = {};
  int error = launch_run(launching.child.get(), launching.stack.get(), &outcome);
  return [launching, outcome, error](Napi::Env env) {
    if (error != 0)
      launching.deferred.Reject(-error, "clone3");
    else
      launching.deferred.Resolve(Outcome(env, outcome));
  };
}

// One stack for all launches: they run one after the other.
std::shared_ptr<void> SharedStack(AddonState *state) {
  if (state->launchStack == nullptr) {
    void *stack = launch_stack_create();
    if (stack != nullptr) state->launchStack = std::shared_ptr<void>(stack, launch_stack_destroy);
  }
  return state->launchStack;
}

int Prepare(Arguments *args, bool trace, launch **prepared) {
  Bytes plan = args->Data(0);
  std::vector<int> fds = args->Fds(1);
  if (args->Refused()) return EINVAL;
  launch_request request = {plan.data, plan.size, fds.data(), static_cast<uint32_t>(fds.size()), trace};
  return -launch_prepare(prepared, &request);
}

Napi::Value Launch(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  bool trace = args.Flag(2, "trace");
  launch *prepared = nullptr;
  int error = Prepare(&args, trace, &prepared);
  if (env.IsExceptionPending()) return {};
  std::shared_ptr<launch> pointer(prepared, launch_free);
  Deferred deferred(env);
  auto *state = env.GetInstanceData<AddonState>();
  if (error == 0 && SharedStack(state) == nullptr) error = ENOMEM;
  if (error == 0) {
    Launching launching = {pointer, state->launchStack, deferred};
    // A child may wait for what that thread makes: it must be there as long as there are launches.
    error = state->links.Start();
    if (error == 0) error = state->launcher.Submit([launching] { return RunLaunch(launching); });
  }
  if (error != 0) deferred.Reject(error, "launch");
  return deferred.Promise();
}

} // namespace

void AddLaunch(Napi::Object exports) {
  Export<Launch>(exports, "launch");
}

#include <uv.h>

#include <memory>

#include "addon.h"
#include "arguments.h"

namespace {

class Watcher;

// What libuv holds. It outlives its watcher until libuv has let go of it, and keeps the environment, and with it this
// very code, from being unloaded before.
struct Poll {
  uv_poll_t handle;
  Watcher *watcher;
  napi_async_cleanup_hook_handle hook;
};

// The object JavaScript holds. It keeps itself alive until close(), as Node's own handles do.
class Watcher : public Napi::ObjectWrap<Watcher> {
public:
  static Napi::Function Define(Napi::Env env);
  explicit Watcher(const Napi::CallbackInfo &info);
  ~Watcher() override { Stop(); }

  // 0 or a positive errno.
  int Start(int fd, int events, Napi::Function callback);

private:
  Napi::Value Update(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &) { Stop(); }
  void Ref(const Napi::CallbackInfo &);
  void Unref(const Napi::CallbackInfo &);
  void Stop();
  void Report(int status, int events);
  uv_handle_t *Handle() { return reinterpret_cast<uv_handle_t *>(&poll_->handle); }
  static void OnPoll(uv_poll_t *handle, int status, int events);
  static void OnClose(uv_handle_t *handle);
  static void OnTeardown(napi_async_cleanup_hook_handle hook, void *poll);

  Poll *poll_ = nullptr;
  Napi::FunctionReference callback_;
  Napi::AsyncContext context_;
};

Watcher::Watcher(const Napi::CallbackInfo &info)
    : Napi::ObjectWrap<Watcher>(info), context_(info.Env(), "peapod:watch") {}

Napi::Function Watcher::Define(Napi::Env env) {
  return DefineClass(env, "Watcher",
                     {
                         InstanceMethod<&Watcher::Update>("update"),
                         InstanceMethod<&Watcher::Close>("close"),
                         InstanceMethod<&Watcher::Ref>("ref"),
                         InstanceMethod<&Watcher::Unref>("unref"),
                     });
}

int Watcher::Start(int fd, int events, Napi::Function callback) {
  uv_loop_t *loop = nullptr;
  if (napi_get_uv_event_loop(Env(), &loop) != napi_ok) return EINVAL;
  auto poll = std::make_unique<Poll>();
  int result = uv_poll_init(loop, &poll->handle, fd);
  if (result != 0) return -result;
  poll_ = poll.release();
  poll_->watcher = this;
  poll_->handle.data = poll_;
  napi_add_async_cleanup_hook(Env(), OnTeardown, poll_, &poll_->hook);
  callback_ = Napi::Persistent(callback);
  ObjectWrap::Ref();
  result = uv_poll_start(&poll_->handle, events, OnPoll);
  if (result != 0) Stop();
  return -result;
}

void Watcher::Stop() {
  if (poll_ == nullptr) return;
  poll_->watcher = nullptr;
  uv_poll_stop(&poll_->handle);
  uv_close(Handle(), OnClose);
  poll_ = nullptr;
  // The callback is a closure over whoever holds this watcher: kept, neither would ever be collected.
  callback_.Reset();
  ObjectWrap::Unref();
}

void Watcher::OnClose(uv_handle_t *handle) {
  std::unique_ptr<Poll> poll(static_cast<Poll *>(handle->data));
  napi_remove_async_cleanup_hook(poll->hook);
}

void Watcher::OnTeardown(napi_async_cleanup_hook_handle, void *data) {
  auto *poll = static_cast<Poll *>(data);
  if (poll->watcher != nullptr) poll->watcher->Stop();
}

Napi::Value Watcher::Update(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int events = args.Int(0);
  if (args.Refused() || poll_ == nullptr) return info.Env().Undefined();
  int result = uv_poll_start(&poll_->handle, events, OnPoll);
  if (result != 0) return Fail(info.Env(), -result, "epoll_ctl");
  return info.Env().Undefined();
}

void Watcher::Ref(const Napi::CallbackInfo &) {
  if (poll_ != nullptr) uv_ref(Handle());
}

void Watcher::Unref(const Napi::CallbackInfo &) {
  if (poll_ != nullptr) uv_unref(Handle());
}

void Watcher::OnPoll(uv_poll_t *handle, int status, int events) {
  static_cast<Poll *>(handle->data)->watcher->Report(status, events);
}

void Watcher::Report(int status, int events) {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  Napi::Object self = Value();
  callback_.MakeCallback(self, {Napi::Number::New(env, -status), Napi::Number::New(env, events)}, context_);
  // Nobody above us would see it: an exception of the callback is the process's, as in any event handler.
  if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
}

Napi::Value Watch(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int fd = args.Int(0);
  int events = args.Int(1);
  Napi::Function callback = args.Function(2);
  if (args.Refused()) return {};
  Napi::Object object = env.GetInstanceData<AddonState>()->watcher.New({});
  int error = Watcher::Unwrap(object)->Start(fd, events, callback);
  if (error != 0) return Fail(env, error, "epoll_ctl");
  return object;
}

} // namespace

void AddWatch(Napi::Object exports) {
  Napi::Env env = exports.Env();
  env.GetInstanceData<AddonState>()->watcher = Napi::Persistent(Watcher::Define(env));
  Export<Watch>(exports, "watch");
}

// A promise that is settled later, from the event loop.
#pragma once

#include <napi.h>

class Deferred {
public:
  explicit Deferred(Napi::Env env);

  // Good for the call that made it. Empty, with nothing to settle, while a worker thread is being ended.
  Napi::Value Promise() const { return promise_ == nullptr ? Napi::Value() : Napi::Value(env_, promise_); }
  void Resolve(Napi::Value value) const;
  void Reject(int error, const char *syscall) const;

private:
  Napi::Env env_;
  napi_deferred deferred_ = nullptr;
  napi_value promise_ = nullptr;
};

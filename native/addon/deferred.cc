#include "deferred.h"

#include "arguments.h"

Deferred::Deferred(Napi::Env env) : env_(env) {
  if (napi_create_promise(env, &deferred_, &promise_) == napi_ok) return;
  deferred_ = nullptr;
  promise_ = nullptr;
}

void Deferred::Resolve(Napi::Value value) const {
  if (deferred_ != nullptr) napi_resolve_deferred(env_, deferred_, value);
}

void Deferred::Reject(int error, const char *syscall) const {
  if (deferred_ != nullptr) napi_reject_deferred(env_, deferred_, SystemError(env_, error, syscall).Value());
}

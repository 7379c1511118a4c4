// Reading a call's arguments, and answering it. Nothing here knows what a call is for.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

struct Bytes {
  const uint8_t *data;
  size_t size;
};

// Collects the arguments of one call. A wrong one is remembered; the caller asks Refused() once, at the end.
class Arguments {
public:
  explicit Arguments(const Napi::CallbackInfo &info) : info_(info) {}

  int Int(size_t index);
  // A mask, a mode or an id; -1 is all ones, as chown(2) wants it.
  uint32_t Uint32(size_t index);
  uint64_t Uint64(size_t index);
  // A 64-bit signed BigInt.
  int64_t BigInt(size_t index);
  bool Bool(size_t index);
  // Text without a NUL inside.
  std::string Text(size_t index);
  // The same, or bytes.
  std::string Path(size_t index);
  std::vector<std::string> Texts(size_t index);
  // Bytes that stay where they are until the call returns.
  Bytes Data(size_t index);
  // An array, or an Int32Array, of descriptors.
  std::vector<int> Fds(size_t index);
  Napi::Function Function(size_t index);
  // A boolean, or a number from 0, that is a member of an object.
  bool Flag(size_t index, const char *name);
  uint64_t Member(size_t index, const char *name);

  Arguments &Check(bool claim) {
    valid_ = valid_ && claim;
    return *this;
  }
  // True, with EINVAL thrown, if an argument was wrong, or with what a getter has thrown.
  bool Refused();

private:
  Napi::Value Get(size_t index, const char *name);
  double Number(const Napi::Value &value, double least, double most);
  std::string String(const Napi::Value &value);

  const Napi::CallbackInfo &info_;
  bool valid_ = true;
};

// An Error with errno, code and syscall.
Napi::Error SystemError(Napi::Env env, int error, const char *syscall);
// Throws it and answers undefined.
Napi::Value Fail(Napi::Env env, int error, const char *syscall);
// A call's result as a number, or errno thrown if it is negative.
Napi::Value Answer(Napi::Env env, long result, const char *syscall);
// Undefined, or errno thrown if the result is negative.
Napi::Value Done(Napi::Env env, long result, const char *syscall);

template <Napi::Function::Callback function> void Export(Napi::Object exports, const char *name) {
  exports.Set(name, Napi::Function::New<function>(exports.Env(), name));
}

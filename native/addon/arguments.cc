#include "arguments.h"

#include <cerrno>
#include <climits>
#include <cmath>
#include <cstring>

static const double kSafeInteger = 9007199254740991.0;

double Arguments::Number(const Napi::Value &value, double least, double most) {
  if (!value.IsNumber()) {
    valid_ = false;
    return 0;
  }
  double number = value.As<Napi::Number>().DoubleValue();
  bool fits = number >= least && number <= most && std::trunc(number) == number;
  Check(fits);
  return fits ? number : 0;
}

int Arguments::Int(size_t index) {
  return static_cast<int>(Number(info_[index], INT_MIN, INT_MAX));
}

uint32_t Arguments::Uint32(size_t index) {
  return static_cast<uint32_t>(static_cast<int64_t>(Number(info_[index], -1, UINT_MAX)));
}

uint64_t Arguments::Uint64(size_t index) {
  return static_cast<uint64_t>(Number(info_[index], 0, kSafeInteger));
}

int64_t Arguments::BigInt(size_t index) {
  bool lossless = false;
  int64_t value = 0;
  if (info_[index].IsBigInt()) value = info_[index].As<Napi::BigInt>().Int64Value(&lossless);
  Check(lossless);
  return value;
}

bool Arguments::Bool(size_t index) {
  Check(info_[index].IsBoolean());
  return valid_ && info_[index].As<Napi::Boolean>().Value();
}

std::string Arguments::String(const Napi::Value &value) {
  if (!value.IsString()) {
    valid_ = false;
    return {};
  }
  std::string text = value.As<Napi::String>().Utf8Value();
  Check(text.find('\0') == std::string::npos);
  return text;
}

std::string Arguments::Text(size_t index) {
  return String(info_[index]);
}

std::string Arguments::Path(size_t index) {
  if (!info_[index].IsTypedArray()) return String(info_[index]);
  Bytes bytes = Data(index);
  Check(bytes.size == 0 || memchr(bytes.data, 0, bytes.size) == nullptr);
  return {reinterpret_cast<const char *>(bytes.data), bytes.size};
}

std::vector<std::string> Arguments::Texts(size_t index) {
  std::vector<std::string> texts;
  Check(info_[index].IsArray());
  if (!valid_) return texts;
  Napi::Array array = info_[index].As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++)
    texts.push_back(String(array.Get(i)));
  return texts;
}

Bytes Arguments::Data(size_t index) {
  if (info_[index].IsTypedArray()) {
    Napi::TypedArray array = info_[index].As<Napi::TypedArray>();
    if (array.TypedArrayType() == napi_uint8_array) {
      Napi::Uint8Array bytes = info_[index].As<Napi::Uint8Array>();
      return {bytes.Data(), bytes.ByteLength()};
    }
  }
  valid_ = false;
  return {nullptr, 0};
}

std::vector<int> Arguments::Fds(size_t index) {
  std::vector<int> fds;
  Check(info_[index].IsArray() || info_[index].IsTypedArray());
  if (!valid_) return fds;
  Napi::Object list = info_[index].As<Napi::Object>();
  double length = Number(list.Get("length"), 0, UINT_MAX);
  for (uint32_t i = 0; i < length && valid_; i++)
    fds.push_back(static_cast<int>(Number(list.Get(i), 0, INT_MAX)));
  return fds;
}

Napi::Function Arguments::Function(size_t index) {
  Check(info_[index].IsFunction());
  return info_[index].As<Napi::Function>();
}

// Empty, which is no boolean and no number, if there is no object or its getter throws.
Napi::Value Arguments::Get(size_t index, const char *name) {
  if (!info_[index].IsObject()) return {};
  return info_[index].As<Napi::Object>().Get(name);
}

bool Arguments::Flag(size_t index, const char *name) {
  Napi::Value value = Get(index, name);
  Check(value.IsBoolean());
  return valid_ && value.As<Napi::Boolean>().Value();
}

uint64_t Arguments::Member(size_t index, const char *name) {
  return static_cast<uint64_t>(Number(Get(index, name), 0, kSafeInteger));
}

bool Arguments::Refused() {
  if (info_.Env().IsExceptionPending()) return true;
  if (valid_) return false;
  Fail(info_.Env(), EINVAL, "arguments");
  return true;
}

Napi::Error SystemError(Napi::Env env, int error, const char *syscall) {
  const char *code = strerrorname_np(error);
  std::string name = code == nullptr ? "E" + std::to_string(error) : code;
  Napi::Error answer = Napi::Error::New(env, name + ": " + syscall);
  answer.Set("errno", Napi::Number::New(env, error));
  answer.Set("code", Napi::String::New(env, name));
  answer.Set("syscall", Napi::String::New(env, syscall));
  return answer;
}

Napi::Value Fail(Napi::Env env, int error, const char *syscall) {
  SystemError(env, error, syscall).ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Value Answer(Napi::Env env, long result, const char *syscall) {
  if (result < 0) return Fail(env, errno, syscall);
  return Napi::Number::New(env, static_cast<double>(result));
}

Napi::Value Done(Napi::Env env, long result, const char *syscall) {
  if (result < 0) return Fail(env, errno, syscall);
  return env.Undefined();
}

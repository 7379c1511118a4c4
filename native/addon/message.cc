#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "addon.h"
#include "arguments.h"

namespace {

// SCM_MAX_FD of the kernel: more in one message is EINVAL.
constexpr size_t kMaxFds = 253;

// Of a message that is received without an allocation of its own.
constexpr size_t kSmallBytes = 4096;

struct Control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(int) * kMaxFds)];
};

void AttachFds(msghdr *message, Control *control, const std::vector<int> &fds) {
  if (fds.empty()) return;
  size_t size = sizeof(int) * fds.size();
  message->msg_control = control->bytes;
  message->msg_controllen = CMSG_SPACE(size);
  cmsghdr *header = CMSG_FIRSTHDR(message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(header), fds.data(), size);
}

std::vector<int> ReceivedFds(msghdr *message) {
  std::vector<int> fds;
  for (cmsghdr *header = CMSG_FIRSTHDR(message); header != nullptr; header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    size_t before = fds.size();
    fds.resize(before + count);
    memcpy(fds.data() + before, CMSG_DATA(header), count * sizeof(int));
  }
  return fds;
}

Napi::Value Received(Napi::Env env, const uint8_t *data, size_t size, msghdr *message) {
  std::vector<int> fds = ReceivedFds(message);
  auto list = Napi::Array::New(env, fds.size());
  for (size_t i = 0; i < fds.size(); i++)
    list.Set(static_cast<uint32_t>(i), fds[i]);
  auto result = Napi::Object::New(env);
  result.Set("data", Napi::Buffer<uint8_t>::Copy(env, data, size));
  result.Set("fds", list);
  result.Set("truncated", (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0);
  return result;
}

Napi::Value SendMessage(const Napi::CallbackInfo &info) {
  Arguments args(info);
  int fd = args.Int(0);
  Bytes data = args.Data(1);
  std::vector<int> fds = args.Fds(2);
  Bytes tail = info.Length() > 3 ? args.Data(3) : Bytes{};
  if (args.Check(fds.size() <= kMaxFds).Refused()) return {};
  iovec parts[] = {{const_cast<uint8_t *>(data.data), data.size}, {const_cast<uint8_t *>(tail.data), tail.size}};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = tail.size == 0 ? 1 : 2;
  Control control = {};
  AttachFds(&message, &control, fds);
  return Answer(info.Env(), sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT), "sendmsg");
}

Napi::Value ReceiveMessage(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int fd = args.Int(0);
  uint32_t maxBytes = args.Uint32(1);
  uint32_t maxFds = args.Uint32(2);
  if (args.Check(maxBytes > 0 && maxBytes <= (1u << 20) && maxFds <= kMaxFds).Refused()) return {};
  uint8_t small[kSmallBytes];
  std::unique_ptr<uint8_t[]> large(maxBytes > kSmallBytes ? new uint8_t[maxBytes] : nullptr);
  uint8_t *data = large != nullptr ? large.get() : small;
  iovec part = {data, maxBytes};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  Control control;
  message.msg_control = maxFds == 0 ? nullptr : control.bytes;
  // CMSG_LEN, not CMSG_SPACE, whose padding would let one more descriptor through.
  message.msg_controllen = maxFds == 0 ? 0 : CMSG_LEN(sizeof(int) * maxFds);
  ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return env.Null();
  if (size < 0) return Fail(env, errno, "recvmsg");
  return Received(env, data, static_cast<size_t>(size), &message);
}

} // namespace

void AddMessage(Napi::Object exports) {
  Export<SendMessage>(exports, "sendMessage");
  Export<ReceiveMessage>(exports, "receiveMessage");
}

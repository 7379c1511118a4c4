#include "network.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "job.h"

namespace {

// A datagram may be no longer than the buffer, which is 208 KiB by default; only an administrator may enlarge it further.
Outcome SendAll(int fd, const std::vector<uint8_t> &data) {
  if (send(fd, data.data(), data.size(), 0) >= 0) return {};
  int size = static_cast<int>(data.size());
  if (errno != EMSGSIZE || setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0) return Failed("send");
  return send(fd, data.data(), data.size(), 0) < 0 ? Failed("send") : Outcome();
}

Napi::Value SendNetlink(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int protocol = args.Int(0);
  int fd = args.Int(1);
  Bytes data = args.Data(2);
  if (args.Refused()) return {};
  auto copy = std::make_shared<std::vector<uint8_t>>(data.data, data.data + data.size);
  return Submit(env, NetlinkThread(env, protocol), {[fd, copy] { return SendAll(fd, *copy); }});
}

// What comes at once, all elements of as many pods as a bridge has ports, may wait; memory is taken only for what does.
constexpr int kNewsBytes = 4 << 20;

// Bound, for the kernel takes a socket without an address for the one that caused the news, and does not tell it.
int Join(int fd, int group) {
  // Only an administrator may; for anybody else the default has to do.
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kNewsBytes, sizeof kNewsBytes);
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  if (bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) < 0) return errno;
  return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0 ? errno : 0;
}

Napi::Value ListenNetlink(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int protocol = args.Int(0);
  int group = args.Int(1);
  if (args.Refused()) return {};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (fd < 0) return Fail(env, errno, "socket");
  int error = Join(fd, group);
  if (error == 0) return Napi::Number::New(env, fd);
  close(fd);
  return Fail(env, error, "setsockopt");
}

} // namespace

void AddNetlink(Napi::Object exports) {
  Export<SendNetlink>(exports, "sendNetlink");
  Export<ListenNetlink>(exports, "listenNetlink");
}

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <string>

#include "addon.h"
#include "arguments.h"

namespace {

// The largest first: it is the member that is zeroed.
union Address {
  sockaddr_in6 six;
  sockaddr_in four;
  sockaddr generic;
};

bool Parse(const std::string &text, uint16_t port, Address *address) {
  bool isSix = text.find(':') != std::string::npos;
  *address = {};
  address->generic.sa_family = isSix ? AF_INET6 : AF_INET;
  // Port and family are at the same place in both.
  address->four.sin_port = htons(port);
  void *bytes = isSix ? static_cast<void *>(&address->six.sin6_addr) : &address->four.sin_addr;
  return inet_pton(address->generic.sa_family, text.c_str(), bytes) == 1;
}

std::string Print(const Address &address) {
  bool isSix = address.generic.sa_family == AF_INET6;
  const void *bytes = isSix ? static_cast<const void *>(&address.six.sin6_addr) : &address.four.sin_addr;
  char text[INET6_ADDRSTRLEN] = "";
  return inet_ntop(address.generic.sa_family, bytes, text, sizeof(text));
}

int Set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof(value));
}

struct BindOptions {
  bool v6Only;
  bool reuse;
  bool deaf;
};

// The system call that failed, or null.
const char *Bind(int fd, const Address &address, const BindOptions &options) {
  bool isSix = address.generic.sa_family == AF_INET6;
  if (isSix && Set(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.v6Only) < 0) return "setsockopt";
  if (options.reuse && Set(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0) return "setsockopt";
  if (bind(fd, &address.generic, isSix ? sizeof(address.six) : sizeof(address.four)) < 0) return "bind";
  // For this bind alone: with it set others could bind the same.
  if (options.reuse && Set(fd, SOL_SOCKET, SO_REUSEADDR, 0) < 0) return "setsockopt";
  // From a link that there is not nothing arrives, so that the kernel answers as where nobody listens. Only now:
  // sockets of different links could be bound to the same.
  if (options.deaf && Set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, INT_MAX) < 0) return "setsockopt";
  return nullptr;
}

Napi::Value BindInet(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int protocol = args.Int(0);
  std::string text = args.Text(1);
  uint64_t port = args.Uint64(2);
  BindOptions options = {args.Flag(3, "v6Only"), args.Flag(3, "reuse"), args.Flag(3, "deaf")};
  Address address;
  args.Check(port <= 65535 && Parse(text, static_cast<uint16_t>(port), &address));
  if (args.Refused()) return {};
  int type = (protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  int fd = socket(address.generic.sa_family, type, protocol);
  if (fd < 0) return Fail(env, errno, "socket");
  const char *failed = Bind(fd, address, options);
  if (failed == nullptr) return Napi::Number::New(env, fd);
  int error = errno;
  close(fd);
  return Fail(env, error, failed);
}

Napi::Value SocketAddress(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int fd = args.Int(0);
  if (args.Refused()) return {};
  Address address = {};
  socklen_t size = sizeof(address);
  if (getsockname(fd, &address.generic, &size) < 0) return Fail(env, errno, "getsockname");
  int family = address.generic.sa_family;
  if (family != AF_INET && family != AF_INET6) return env.Null();
  int protocol = 0;
  size = sizeof(protocol);
  if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) < 0) return Fail(env, errno, "getsockopt");
  auto result = Napi::Object::New(env);
  result.Set("protocol", protocol);
  result.Set("address", Print(address));
  result.Set("port", static_cast<int>(ntohs(address.four.sin_port)));
  return result;
}

} // namespace

void AddInet(Napi::Object exports) {
  Export<BindInet>(exports, "bindInet");
  Export<SocketAddress>(exports, "socketAddress");
}

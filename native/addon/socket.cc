#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "addon.h"
#include "arguments.h"

namespace {

int SocketType(Arguments *args, size_t index) {
  std::string type = args->Text(index);
  args->Check(type == "seqpacket" || type == "stream");
  return (type == "stream" ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC | SOCK_NONBLOCK;
}

// A name in a directory, through /proc, so that no path is ever too long for sun_path. False if the name itself is.
bool Address(int dirFd, const std::string &name, sockaddr_un *address) {
  std::string path = dirFd < 0 ? name : "/proc/self/fd/" + std::to_string(dirFd) + "/" + name;
  *address = {};
  address->sun_family = AF_UNIX;
  if (path.size() >= sizeof(address->sun_path)) return false;
  memcpy(address->sun_path, path.c_str(), path.size());
  return true;
}

// Closes `fd` and throws errno, as it was before.
Napi::Value Abandon(Napi::Env env, int fd, const char *syscall) {
  int error = errno;
  close(fd);
  return Fail(env, error, syscall);
}

Napi::Value SocketPair(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int type = SocketType(&args, 0);
  if (args.Refused()) return {};
  int ends[2];
  if (socketpair(AF_UNIX, type, 0, ends) < 0) return Fail(env, errno, "socketpair");
  auto result = Napi::Array::New(env, 2);
  result.Set(0u, ends[0]);
  result.Set(1u, ends[1]);
  return result;
}

Napi::Value ListenUnix(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Text(1);
  int type = SocketType(&args, 2);
  int backlog = args.Int(3);
  if (args.Refused()) return {};
  sockaddr_un address;
  if (!Address(dirFd, name, &address)) return Fail(env, ENAMETOOLONG, "bind");
  int fd = socket(AF_UNIX, type, 0);
  if (fd < 0) return Fail(env, errno, "socket");
  // bind gives the file the mode of the socket: there is no moment at which others could connect.
  if (fchmod(fd, 0600) < 0) return Abandon(env, fd, "fchmod");
  if (bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) < 0) return Abandon(env, fd, "bind");
  if (listen(fd, backlog) < 0) return Abandon(env, fd, "listen");
  return Napi::Number::New(env, fd);
}

Napi::Value ConnectUnix(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int dirFd = args.Int(0);
  std::string name = args.Text(1);
  int type = SocketType(&args, 2);
  if (args.Refused()) return {};
  sockaddr_un address;
  if (!Address(dirFd, name, &address)) return Fail(env, ENAMETOOLONG, "connect");
  int fd = socket(AF_UNIX, type, 0);
  if (fd < 0) return Fail(env, errno, "socket");
  if (connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)) < 0) return Abandon(env, fd, "connect");
  return Napi::Number::New(env, fd);
}

Napi::Value Accept(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int listener = args.Int(0);
  if (args.Refused()) return {};
  int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0 && errno == EAGAIN) return env.Null();
  return Answer(env, fd, "accept4");
}

Napi::Value PeerCredentials(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Arguments args(info);
  int fd = args.Int(0);
  if (args.Refused()) return {};
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return Fail(env, errno, "getsockopt");
  auto result = Napi::Object::New(env);
  result.Set("pid", peer.pid);
  result.Set("uid", peer.uid);
  result.Set("gid", peer.gid);
  return result;
}

} // namespace

void AddSocket(Napi::Object exports) {
  Export<SocketPair>(exports, "socketPair");
  Export<ListenUnix>(exports, "listenUnix");
  Export<ConnectUnix>(exports, "connectUnix");
  Export<Accept>(exports, "accept");
  Export<PeerCredentials>(exports, "peerCredentials");
}

// What belongs to one instance of the addon (one event loop), and the parts that fill its exports.
#pragma once

#include <fcntl.h>
#include <napi.h>

#include <memory>

#include "fd.h"
#include "worker.h"

struct AddonState {
  explicit AddonState(Napi::Env env)
      : home(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)), launcher(env, "peapod:launcher"),
        links(env, "peapod:links"), sockets(env, "peapod:sockets"), disk(env, "peapod:disk") {}

  // Of the network namespace the process is in, to which threads come back.
  Fd home;
  // Before the launcher, whose thread may still be using it when this goes away.
  std::shared_ptr<void> launchStack;
  Worker launcher;
  // For rtnetlink and namespaces: a launch may wait for it, and it for nobody but the kernel.
  Worker links;
  Worker sockets;
  Worker disk;
  Napi::FunctionReference watcher;
};

void AddLaunch(Napi::Object exports);
void AddPidfd(Napi::Object exports);
void AddWatch(Napi::Object exports);
void AddSocket(Napi::Object exports);
void AddInet(Napi::Object exports);
void AddMessage(Napi::Object exports);
void AddNetlink(Napi::Object exports);
void AddNetwork(Napi::Object exports);
void AddFd(Napi::Object exports);
void AddFile(Napi::Object exports);
void AddAttribute(Napi::Object exports);
void AddMount(Napi::Object exports);
void AddMountNamespace(Napi::Object exports);
void AddTerminal(Napi::Object exports);

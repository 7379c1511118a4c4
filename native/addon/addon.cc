#include "addon.h"

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new AddonState(env));
  AddLaunch(exports);
  AddPidfd(exports);
  AddWatch(exports);
  AddSocket(exports);
  AddInet(exports);
  AddMessage(exports);
  AddNetlink(exports);
  AddNetwork(exports);
  AddFd(exports);
  AddFile(exports);
  AddAttribute(exports);
  AddMount(exports);
  AddMountNamespace(exports);
  AddTerminal(exports);
  return exports;
}

NODE_API_MODULE(peapod_native, Init)

// The threads that speak netlink, and what they do in network namespaces.
#pragma once

#include <napi.h>

#include "worker.h"

// A change of nftables may take long, and none of a link has to wait for that.
Worker *NetlinkThread(Napi::Env env, int protocol);

#include "steps.h"
#include "syscalls.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <stdbool.h>
#include <stddef.h>

STEP(set_groups) {
  const struct plan_set_groups *a = arguments;
  (void)slots;
  return sys_setgroups(a->gids->count, a->gids->id);
}

/* To the kernel 2^32 - 1 means to stay as it is, and a larger id would lose its upper half: both end as root. */
static bool is_id(uint64_t id) {
  return id < UINT32_MAX;
}

STEP(set_gid) {
  const struct plan_set_gid *a = arguments;
  unsigned gid = (unsigned)a->gid;
  (void)slots;
  return is_id(a->gid) ? sys_setresgid(gid, gid, gid) : -EINVAL;
}

STEP(set_uid) {
  const struct plan_set_uid *a = arguments;
  unsigned uid = (unsigned)a->uid;
  (void)slots;
  return is_id(a->uid) ? sys_setresuid(uid, uid, uid) : -EINVAL;
}

STEP(limit_capabilities) {
  const struct plan_limit_capabilities *a = arguments;
  (void)slots;
  for (unsigned capability = 0; capability < 64; capability++) {
    /* Asking costs a fifth of dropping, and a monitor's child has lost most of them by birth. */
    long held = sys_prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held < 0) {
      return held == -EINVAL ? 0 : held; /* past the last capability of this kernel */
    }
    bool kept = (a->keep >> capability & 1) != 0;
    if (kept && held == 0) {
      return -EPERM; /* it cannot come back, and execve would take it away without a word */
    }
    long result = kept || held == 0 ? 0 : sys_prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (result < 0) {
      return result;
    }
  }
  return 0;
}

STEP(set_capabilities) {
  const struct plan_set_capabilities *a = arguments;
  (void)slots;
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
      {(uint32_t)a->effective, (uint32_t)a->permitted, (uint32_t)a->inheritable},
      {(uint32_t)(a->effective >> 32), (uint32_t)(a->permitted >> 32), (uint32_t)(a->inheritable >> 32)},
  };
  return sys_capset(&header, data);
}

STEP(set_no_new_privileges) {
  (void)arguments;
  (void)slots;
  return sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

STEP(set_rlimit) {
  const struct plan_set_rlimit *a = arguments;
  (void)slots;
  const uint64_t limit[2] = {a->soft, a->hard};
  return sys_prlimit64(0, (unsigned)a->resource, limit, NULL);
}

STEP(set_umask) {
  const struct plan_set_umask *a = arguments;
  (void)slots;
  sys_umask((unsigned)a->mode); /* cannot fail: it answers the old mask */
  return 0;
}

STEP(set_not_dumpable) {
  (void)arguments;
  (void)slots;
  return sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

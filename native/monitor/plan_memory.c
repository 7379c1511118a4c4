#include "plan_memory.h"

#include "monitor_syscalls.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

static void *map(size_t size) {
  long address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return address < 0 ? NULL : (void *)address;
}

static int read_all(int fd, char *bytes, size_t size) {
  size_t done = 0;
  while (done < size) {
    long result = sys_pread64(fd, bytes + done, size - done, (long)done);
    if (result <= 0) {
      return result < 0 ? (int)result : -EINVAL;
    }
    done += (size_t)result;
  }
  return 0;
}

static int decode(struct plan_memory *loaded, const void *wire, size_t size) {
  size_t decoded_size = plan_decoded_size(wire, size);
  if (decoded_size == 0) {
    return -EINVAL;
  }
  loaded->size = decoded_size + PLAN_MAX_SLOTS * sizeof(int);
  loaded->memory = map(loaded->size);
  if (loaded->memory == NULL) {
    return -ENOMEM;
  }
  loaded->slots = (int *)(void *)((char *)loaded->memory + decoded_size);
  return plan_decode(&loaded->plan, loaded->memory, decoded_size, wire, size);
}

static int load_file(struct plan_memory *loaded, int plan_fd) {
  struct stat status;
  int result = (int)sys_fstat(plan_fd, &status);
  if (result < 0) {
    return result;
  }
  if (status.st_size <= 0 || status.st_size > PLAN_MAX_BYTES) {
    return -EINVAL;
  }
  size_t size = (size_t)status.st_size;
  void *wire = map(size);
  if (wire == NULL) {
    return -ENOMEM;
  }
  result = read_all(plan_fd, wire, size);
  if (result == 0) {
    result = decode(loaded, wire, size);
  }
  sys_munmap(wire, size);
  return result;
}

int plan_memory_load(struct plan_memory *loaded, const struct plan_source *source) {
  *loaded = (struct plan_memory){.memory = NULL};
  int result = source->fd >= 0 ? load_file(loaded, source->fd) : decode(loaded, source->wire, source->size);
  if (result < 0) {
    plan_memory_free(loaded);
  }
  return result;
}

void plan_memory_free(struct plan_memory *loaded) {
  if (loaded->memory != NULL) {
    sys_munmap(loaded->memory, loaded->size);
  }
  loaded->memory = NULL;
}

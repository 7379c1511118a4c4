/* What libc would bring: the entry point, and the four functions the compiler may call on its own account. */
#if !__STDC_HOSTED__

#include "syscalls.h"

int main(int argc, char **argv);

void *memcpy(void *restrict target, const void *restrict source, size_t size);
void *memmove(void *target, const void *source, size_t size);
void *memset(void *target, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);

/* `rep movsb`: a loop in C would be compiled into a call of the function it is in. */
void *memcpy(void *restrict target, const void *restrict source, size_t size) {
  void *at = target;
  __asm__ volatile("rep movsb" : "+D"(at), "+S"(source), "+c"(size) : : "memory");
  return target;
}

static void copy_backwards(char *target_end, const char *source_end, size_t size) {
  while (size-- > 0) {
    *--target_end = *--source_end;
    __asm__ volatile("" : : : "memory");
  }
}

void *memmove(void *target, const void *source, size_t size) {
  if ((uintptr_t)target - (uintptr_t)source >= size) {
    return memcpy(target, source, size);
  }
  copy_backwards((char *)target + size, (const char *)source + size, size);
  return target;
}

void *memset(void *target, int byte, size_t size) {
  void *at = target;
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(byte) : "memory");
  return target;
}

int memcmp(const void *left, const void *right, size_t size) {
  const unsigned char *a = left;
  const unsigned char *b = right;
  for (size_t i = 0; i < size; i++) {
    if (a[i] != b[i]) {
      return a[i] - b[i];
    }
  }
  return 0;
}

/* On the stack the kernel leaves the number of arguments, then the arguments. */
__attribute__((used)) static void run(long *stack) {
  sys_exit_group(main((int)stack[0], (char **)(stack + 1)));
}

/* The kernel leaves the stack aligned to 16 bytes, and a function expects it to be so before its call. */
__asm__(".globl _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  call run\n");

#endif

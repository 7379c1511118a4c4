// A descriptor that is closed with whoever has it.
#pragma once

#include <unistd.h>

struct Fd {
  Fd() = default;
  explicit Fd(int fd) : number(fd) {}
  ~Fd() {
    if (number >= 0) close(number);
  }
  Fd(const Fd &) = delete;
  Fd &operator=(const Fd &) = delete;

  // Gives it away.
  int Release() {
    int fd = number;
    number = -1;
    return fd;
  }

  int number = -1;
};

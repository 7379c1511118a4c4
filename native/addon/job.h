// Work for a thread, and the promise of what comes of it.
#pragma once

#include <napi.h>

#include <functional>

#include "deferred.h"
#include "worker.h"

// What a system call said; 0 for none that failed.
struct Outcome {
  int error = 0;
  const char *syscall = "";
};

// Of the call that has just failed.
Outcome Failed(const char *syscall);

struct Job {
  // Runs on the thread.
  std::function<Outcome()> work;
  // Runs on the event loop, unless that has failed: what the promise resolves with.
  std::function<Napi::Value(Napi::Env)> result = [](Napi::Env env) { return env.Undefined(); };
};

// The promise of a job.
Napi::Value Submit(Napi::Env env, Worker *thread, const Job &job);

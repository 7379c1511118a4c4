#include "job.h"

#include <cerrno>

Outcome Failed(const char *syscall) {
  return {errno, syscall};
}

static void Settle(Napi::Env env, const Deferred &deferred, const Job &job, Outcome outcome) {
  if (outcome.error != 0)
    deferred.Reject(outcome.error, outcome.syscall);
  else
    deferred.Resolve(job.result(env));
}

Napi::Value Submit(Napi::Env env, Worker *thread, const Job &job) {
  Deferred deferred(env);
  int error = thread->Submit([=]() -> Worker::Answer {
    Outcome outcome = job.work();
    return [=](Napi::Env loop) { Settle(loop, deferred, job, outcome); };
  });
  if (error != 0) deferred.Reject(error, "pthread_create");
  return deferred.Promise();
}

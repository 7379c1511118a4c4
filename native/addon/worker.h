// One thread with a queue of its own, so that a launch never waits behind slow file calls in libuv's pool.
#pragma once

#include <napi.h>
#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

class Worker {
public:
  // Runs on the event loop.
  using Answer = std::function<void(Napi::Env)>;
  // Runs on the thread.
  using Job = std::function<Answer()>;

  Worker(Napi::Env env, const char *name) : env_(env), name_(name) {}
  ~Worker();
  Worker(const Worker &) = delete;
  Worker &operator=(const Worker &) = delete;

  // 0, or the errno that kept the thread from being made. The event loop stays alive until the answer is given.
  int Submit(Job job);
  // The same without a job. Of several workers of one loop, the one that started first is stopped last.
  int Start();

private:
  // Finishes the job at hand, forgets the others.
  void Stop();
  void Run();
  bool Next(Job *job);
  static void Deliver(napi_env env, napi_value function, void *worker, void *answer);

  Napi::Env env_;
  const char *name_;
  bool started_ = false;
  pthread_t thread_ = {};
  napi_threadsafe_function loop_ = nullptr;
  size_t pending_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
};

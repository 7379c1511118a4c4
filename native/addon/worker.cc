#include "worker.h"

#include <cerrno>
#include <memory>

Worker::~Worker() {
  Stop();
}

void Worker::Stop() {
  if (!started_) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  pthread_join(thread_, nullptr);
  started_ = false;
}

int Worker::Submit(Job job) {
  int error = Start();
  if (error != 0) return error;
  if (pending_++ == 0) napi_ref_threadsafe_function(env_, loop_);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return 0;
}

int Worker::Start() {
  if (started_) return 0;
  napi_value name = Napi::String::New(env_, name_);
  if (napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, Deliver, &loop_) !=
      napi_ok)
    return ENOMEM;
  napi_unref_threadsafe_function(env_, loop_);
  auto run = [](void *worker) -> void * {
    static_cast<Worker *>(worker)->Run();
    return nullptr;
  };
  int error = pthread_create(&thread_, nullptr, run, this);
  started_ = error == 0;
  if (!started_) napi_release_threadsafe_function(loop_, napi_tsfn_abort);
  // Hooks run last first: the thread ends before Node takes the function away that it calls.
  if (started_)
    napi_add_env_cleanup_hook(
        env_, [](void *worker) { static_cast<Worker *>(worker)->Stop(); }, this);
  return error;
}

void Worker::Run() {
  pthread_setname_np(pthread_self(), name_);
  Job job;
  while (Next(&job)) {
    auto answer = std::make_unique<Answer>(job());
    // Refused only while the event loop is being taken down: then nobody waits for the answer.
    if (napi_call_threadsafe_function(loop_, answer.get(), napi_tsfn_blocking) == napi_ok) answer.release();
    job = nullptr;
  }
}

bool Worker::Next(Job *job) {
  std::unique_lock<std::mutex> lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
  if (stopping_) return false;
  *job = std::move(jobs_.front());
  jobs_.pop_front();
  return true;
}

void Worker::Deliver(napi_env env, napi_value, void *context, void *data) {
  std::unique_ptr<Answer> answer(static_cast<Answer *>(data));
  if (env == nullptr) return;
  auto *worker = static_cast<Worker *>(context);
  if (--worker->pending_ == 0) napi_unref_threadsafe_function(env, worker->loop_);
  (*answer)(Napi::Env(env));
}

package io.winnow.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class WorkersTest {
  /** Where the engine has a thread on every core, every processor may read. */
  @Test
  void readers_areAsManyAsTheEngineHas() {
    int before = torch.get_num_threads();
    try {
      for (int threads : new int[] {1, 3, Compute.physicalCores()}) {
        torch.set_num_threads(threads);
        int whole = Runtime.getRuntime().availableProcessors();
        assertThat(Workers.readers())
            .isEqualTo(threads == Compute.physicalCores() ? whole : threads);
      }
    } finally {
      torch.set_num_threads(before);
    }
  }

  @Test
  void forEach_anyNumberOfThreads_doesEveryItemOnce() {
    for (int threads : new int[] {1, 3, 200}) {
      AtomicIntegerArray done = new AtomicIntegerArray(100);
      Workers.forEach(100, threads, done::incrementAndGet);
      for (int i = 0; i < done.length(); i++) {
        assertThat(done.get(i)).as("item %s with %s threads", i, threads).isEqualTo(1);
      }
    }
  }

  @Test
  void forEach_withTools_closesOnePerThreadAfterItsItems() {
    AtomicInteger open = new AtomicInteger();
    AtomicInteger made = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    Workers.<AutoCloseable>forEach(
        50,
        3,
        () -> {
          made.incrementAndGet();
          open.incrementAndGet();
          return open::decrementAndGet;
        },
        (tool, i) -> {
          assertThat(open.get()).isPositive();
          done.incrementAndGet();
        });
    assertThat(done.get()).isEqualTo(50);
    assertThat(made.get()).isEqualTo(3);
    assertThat(open.get()).isZero();
  }

  @Test
  void forEach_withoutItems_doesNothing() {
    Workers.forEach(0, 2, i -> assertThat(i).as("no item was asked for").isNull());
  }

  @Test
  void forEach_anItemFails_throwsItWhenNoThreadIsAtWorkAnyMore() {
    CountDownLatch otherBegan = new CountDownLatch(1);
    CountDownLatch failing = new CountDownLatch(1);
    AtomicBoolean otherEnded = new AtomicBoolean();
    assertThatThrownBy(
            () ->
                Workers.forEach(
                    2,
                    2,
                    i -> {
                      if (i == 0) {
                        await(otherBegan);
                        failing.countDown();
                        throw new IllegalArgumentException("item 0");
                      }
                      otherBegan.countDown();
                      await(failing);
                      LockSupport.parkNanos(20_000_000);
                      otherEnded.set(true);
                    }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("item 0");
    assertThat(otherEnded).isTrue();
  }

  @Test
  void forEach_anItemFails_beginsNoOther() {
    AtomicInteger begun = new AtomicInteger();
    assertThatThrownBy(
            () ->
                Workers.forEach(
                    1000,
                    1,
                    i -> {
                      begun.incrementAndGet();
                      throw new IllegalArgumentException("item " + i);
                    }))
        .hasMessage("item 0");
    assertThat(begun).hasValue(1);
  }

  @Test
  void discard_resultsMadeAndFailed_freesThoseMade() {
    List<String> freed = new ArrayList<>();
    try (Workers workers = new Workers("test", 1)) {
      Future<String> made = workers.submit(() -> "made");
      Future<String> failed =
          workers.submit(
              () -> {
                throw new IllegalStateException("failed");
              });
      Workers.discard(made, freed::add);
      Workers.discard(failed, freed::add);
    }
    assertThat(freed).containsExactly("made");
  }

  @Test
  void close_workThatNoThreadHasBegun_givesNull() {
    CountDownLatch closed = new CountDownLatch(1);
    Future<String> begun;
    Future<String> waiting;
    CountDownLatch running = new CountDownLatch(1);
    try (Workers workers = new Workers("test", 1)) {
      begun =
          workers.submit(
              () -> {
                running.countDown();
                await(closed);
                return "begun";
              });
      waiting = workers.submit(() -> "waiting");
      await(running);
    }
    closed.countDown();
    assertThat(Workers.result(begun)).isEqualTo("begun");
    assertThat(Workers.result(waiting)).isNull();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

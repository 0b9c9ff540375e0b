package io.winnow.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.Workers;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CountTest {
  @Test
  void add_fromSeveralThreads_isHeardInOrder_upToTheLast() {
    HeardProgress heard = new HeardProgress();
    Count count = new Count(heard);
    Workers.forEach(500, 4, i -> count.add(2));
    List<String> even = IntStream.rangeClosed(1, 500).mapToObj(i -> "" + 2 * i).toList();
    assertThat(heard.lines()).isEqualTo(even);
  }
}

package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.tensor.FakeRecorder;
import io.winnow.tensor.GraphRecorder;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class ReplayedDenoiserTest {
  private final List<Long> places = new ArrayList<>(); // of x, at every call
  private final List<String> refusals = new ArrayList<>();

  /** x + t + y, by which every input is seen. */
  private Prediction network(Tensor xt, Tensor t, Condition condition) {
    places.add(xt.data_ptr().address());
    Tensor told = t.add(condition.labels()).view(-1, 1, 1, 1);
    Tensor sum = xt.add(told.to(torch.ScalarType.Float));
    return new Prediction(sum, sum.neg());
  }

  private static Tensor x(int batch, float value) {
    return torch.full(new long[] {batch, 1, 1, 1}, new org.bytedeco.pytorch.Scalar(value));
  }

  private static float[] ask(Denoiser denoiser, float x, int t, int y) {
    Condition told = Condition.ofClasses(Tensors.ofInts(new int[] {y, y + 1}));
    Prediction said = denoiser.predict(x(2, x), Tensors.ofInts(new int[] {t, t}), told);
    assertThat(Tensors.floats(said.variance().neg())).containsExactly(Tensors.floats(said.value()));
    return Tensors.floats(said.value());
  }

  @Test
  void predict_ofNewValues_replaysTheWorkOnThem_atTheSamePlaces() {
    FakeRecorder recorder = new FakeRecorder();
    try (Scope scope = Scope.open();
        ReplayedDenoiser replayed = new ReplayedDenoiser(this::network, recorder, refusals::add)) {
      assertThat(ask(replayed, 0.5f, 10, 2)).containsExactly(12.5f, 13.5f);
      assertThat(ask(replayed, 0.25f, 20, 2)).containsExactly(22.25f, 23.25f);
      assertThat(ask(replayed, 0.25f, 20, 7)).containsExactly(27.25f, 28.25f);
    }
    assertThat(recorder.recorded).isEqualTo(1);
    assertThat(recorder.replayed).isEqualTo(3);
    assertThat(recorder.closed).isEqualTo(1);
    assertThat(places).hasSize(4).containsOnly(places.get(0));
    assertThat(refusals).isEmpty();
  }

  @Test
  void answers_ofEarlierCalls_stay() {
    try (Scope scope = Scope.open();
        ReplayedDenoiser replayed =
            new ReplayedDenoiser(this::network, new FakeRecorder(), refusals::add)) {
      Condition told = Condition.ofClasses(Tensors.ofInts(new int[] {0}));
      Tensor first = replayed.predict(x(1, 1), Tensors.ofInts(new int[] {0}), told).value();
      replayed.predict(x(1, 5), Tensors.ofInts(new int[] {0}), told);
      assertThat(Tensors.floats(first)).containsExactly(1f);
    }
  }

  /** A last, smaller batch has a recording of its own; further shapes are asked as they come. */
  @Test
  void shapes_areRecordedEach_upToFour() {
    FakeRecorder recorder = new FakeRecorder();
    try (Scope scope = Scope.open();
        ReplayedDenoiser replayed = new ReplayedDenoiser(this::network, recorder, refusals::add)) {
      for (int batch : new int[] {1, 2, 3, 4, 5, 5, 1}) {
        Condition told = Condition.ofClasses(Tensors.ofInts(new int[batch]));
        Tensor answer = replayed.predict(x(batch, 3), Tensors.ofInts(new int[batch]), told).value();
        assertThat(answer.shape()).containsExactly(batch, 1, 1, 1);
        assertThat(Tensors.floats(answer)).containsOnly(3f);
      }
    }
    assertThat(recorder.recorded).isEqualTo(4);
    assertThat(recorder.replayed).isEqualTo(5);
    assertThat(recorder.closed).isEqualTo(4);
  }

  @Test
  void recording_thatFails_saysWhyOnce_andTheNetworkIsAsked() {
    GraphRecorder failing =
        work -> {
          throw new IllegalStateException("cudaStreamEndCapture: operation not permitted");
        };
    try (Scope scope = Scope.open();
        ReplayedDenoiser replayed = new ReplayedDenoiser(this::network, failing, refusals::add)) {
      assertThat(ask(replayed, 0.5f, 10, 2)).containsExactly(12.5f, 13.5f);
      assertThat(ask(replayed, 0.25f, 20, 2)).containsExactly(22.25f, 23.25f);
    }
    assertThat(refusals).containsExactly("cudaStreamEndCapture: operation not permitted");
  }

  @Test
  void withoutARecorder_theNetworkIsAsked_withItsOwnInputs() {
    try (Scope scope = Scope.open();
        ReplayedDenoiser replayed = new ReplayedDenoiser(this::network, null, refusals::add)) {
      Tensor x = x(2, 1);
      replayed.predict(
          x, Tensors.ofInts(new int[2]), Condition.ofClasses(Tensors.ofInts(new int[2])));
      assertThat(places).containsExactly(x.data_ptr().address());
    }
    assertThat(refusals).isEmpty();
  }

  @Test
  void close_freesAllInputsAndOutputs() {
    ask(this::network, 1, 1, 1); // constants of the test itself
    long before = Pointer.totalCount();
    try (Scope scope = Scope.open();
        ReplayedDenoiser replayed =
            new ReplayedDenoiser(this::network, new FakeRecorder(), refusals::add)) {
      ask(replayed, 0.5f, 10, 2);
      ask(replayed, 0.5f, 11, 2);
    }
    assertThat(Pointer.totalCount()).isEqualTo(before);
  }
}

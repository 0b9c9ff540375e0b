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
      Tensor given = x(1, 1);
      Prediction first = replayed.predict(given, Tensors.ofInts(new int[] {0}), told);
      replayed.predict(x(1, 5), Tensors.ofInts(new int[] {0}), told);
      assertThat(Tensors.floats(first.value())).containsExactly(1f);
      assertThat(Tensors.floats(first.variance())).containsExactly(-1f);
      assertThat(Tensors.floats(given)).as("what a caller gave").containsExactly(1f);
      assertThat(places).doesNotContain(given.data_ptr().address());
    }
  }

  /** A condition of other shapes, or none, is other work on the same images. */
  @Test
  void conditions_ofOtherShapes_areRecordedApart() {
    Denoiser network =
        (xt, t, condition) -> {
          Tensor sum = xt.clone();
          for (Tensor told : condition.tensors()) {
            sum = sum.add(told.to(torch.ScalarType.Float).sum());
          }
          return Prediction.of(sum);
        };
    FakeRecorder recorder = new FakeRecorder();
    try (Scope scope = Scope.open();
        ReplayedDenoiser replayed = new ReplayedDenoiser(network, recorder, refusals::add)) {
      Tensor t = Tensors.ofInts(new int[1]);
      Tensor none = torch.zeros(1, 3, 2);
      for (int round = 0; round < 2; round++) {
        assertThat(value(replayed.predict(x(1, 2), t, Condition.none()))).isEqualTo(2f);
        Condition classes = Condition.ofClasses(Tensors.ofInts(new int[] {4 + round}));
        assertThat(value(replayed.predict(x(1, 2), t, classes))).isEqualTo(6f + round);
        Condition texts = Condition.ofPrompts(torch.ones(1, 3, 2), none);
        assertThat(value(replayed.predict(x(1, 2), t, texts))).isEqualTo(8f);
        assertThat(replayed.predict(x(1, 2), t, texts).variance()).isNull();
      }
    }
    assertThat(recorder.recorded).isEqualTo(3);
  }

  private static float value(Prediction said) {
    return Tensors.floats(said.value())[0];
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
    ask(this::network, 1, 1, 1); // constants of the test itself
    long before = Pointer.totalCount();
    askInVain(new IllegalStateException("cudaStreamEndCapture: operation not permitted"));
    assertThat(refusals).containsExactly("cudaStreamEndCapture: operation not permitted");
    assertThat(Pointer.totalCount())
        .as("nothing is left of the attempt")
        .isLessThanOrEqualTo(before);
  }

  /** A build without the classes of CUDA's run-time, and a failure that says nothing. */
  @Test
  void failures_withoutAClassOrAMessage_areNamedByTheirKind() {
    askInVain(new NoClassDefFoundError("org/bytedeco/cuda/global/cudart"));
    askInVain(new UnsatisfiedLinkError());
    assertThat(refusals)
        .containsExactly("org/bytedeco/cuda/global/cudart", "java.lang.UnsatisfiedLinkError");
  }

  private void askInVain(Throwable failure) {
    int[] tried = {0};
    GraphRecorder failing =
        work -> {
          tried[0]++;
          if (failure instanceof Error error) {
            throw error;
          }
          throw (RuntimeException) failure;
        };
    try (Scope scope = Scope.open();
        ReplayedDenoiser replayed = new ReplayedDenoiser(this::network, failing, refusals::add)) {
      assertThat(ask(replayed, 0.5f, 10, 2)).containsExactly(12.5f, 13.5f);
      assertThat(ask(replayed, 0.25f, 20, 2)).containsExactly(22.25f, 23.25f);
    }
    assertThat(tried[0]).as("attempts").isEqualTo(1);
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
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }
}

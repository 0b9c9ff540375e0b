package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.config.OrNull;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.FakeRecorder;
import io.winnow.tensor.GraphRecorder;
import io.winnow.tensor.Layout;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Samples by recorded work: with classes, guidance and a sampler that draws noise in every step,
 * and a network with dropout. Seven in batches of two: labels differ from batch to batch.
 */
class RecordedSamplingTest {
  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void model() {
    model = folder.resolve("model");
    SmallSet.model(model, 3);
  }

  private byte[] samples(String name, @OrNull GraphRecorder recorder) {
    Witness witness =
        new Witness() {
          @Override
          public GraphRecorder recorder(GraphRecorder ofDevice) {
            return recorder;
          }
        };
    return samples(name, Compute.plainCpu(), witness);
  }

  private byte[] samples(String name, Compute compute, Witness witness) {
    SampleConfig config =
        new SampleConfig(
            new SamplerConfig(SamplerConfig.Method.DDPM, SamplerConfig.Rule.DIFFUSERS, 3, 0, false),
            0.5,
            null,
            null,
            7,
            2,
            SampleConfig.Weights.EMA,
            SampleConfig.Labels.BALANCED,
            SampleConfig.Format.NPZ);
    Path target = folder.resolve(name);
    new Sampling(
            config, List.of("a", "b", "c"), SampleLabels.inTurn(3, 7), null, 3, compute, witness)
        .run(model, folder.resolve(".parts"), target, Progress.SILENT, () -> false);
    try (Scope scope = Scope.open();
        Npz archive = Npz.open(target)) {
      return Tensors.bytes(archive.tensor("arr_0"));
    }
  }

  /** What is recorded is a function of its inputs: done twice, it gives the same bits. */
  @Test
  void noiseAndLabels_stayOutsideOfWhatIsRecorded() {
    byte[] plain = samples("plain.npz", null);
    FakeRecorder inner = new FakeRecorder();
    List<Boolean> same = new ArrayList<>();
    GraphRecorder twice =
        work -> {
          same.add(values(work).equals(values(work)));
          return inner.record(work);
        };
    assertThat(samples("replayed.npz", twice)).isEqualTo(plain);
    assertThat(same).isNotEmpty().doesNotContain(false);
    assertThat(inner.recorded).as("whole batches and the last").isEqualTo(2);
    assertThat(inner.closed).isEqualTo(2);
  }

  private static List<List<Float>> values(Supplier<List<Tensor>> work) {
    try (Scope scope = Scope.open()) {
      List<List<Float>> all = new ArrayList<>();
      for (Tensor output : work.get()) {
        List<Float> row = new ArrayList<>();
        for (float value : Tensors.floats(output)) {
          row.add(value);
        }
        all.add(row);
      }
      return all;
    }
  }

  @Test
  void workThatCannotBeRecorded_isDoneStepByStep_andTheReasonIsSaidOnce() {
    byte[] plain = samples("plain.npz", null);
    List<String> said = new ArrayList<>();
    Handler handler = listening(said);
    Logger logger = Logger.getLogger(Sampling.class.getName());
    logger.addHandler(handler);
    try {
      GraphRecorder failing =
          work -> {
            throw new IllegalStateException("cudaStreamBeginCapture: not supported");
          };
      assertThat(samples("failed.npz", failing)).isEqualTo(plain);
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(said)
        .containsExactly(
            "WARNING compute.graphs: sampling goes step by step, as its work could not be recorded:"
                + " cudaStreamBeginCapture: not supported");
  }

  private static Handler listening(List<String> said) {
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            said.add(record.getLevel() + " " + new SimpleFormatter().formatMessage(record));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    handler.setLevel(Level.ALL);
    return handler;
  }

  /** What the network is shown lies as the device's layout says. */
  @Test
  void images_lieInTheLayout() {
    for (Layout layout : Layout.values()) {
      List<Boolean> last = new ArrayList<>();
      Witness witness =
          new Witness() {
            @Override
            public Denoiser network(String role, DenoisingNetwork network) {
              return (xt, t, condition) -> {
                last.add(xt.is_contiguous(torch.MemoryFormat.ChannelsLast) && !xt.is_contiguous());
                return network.predict(xt, t, condition);
              };
            }
          };
      Compute compute =
          new Compute(
              Compute.plainCpu().device(), false, 1, layout, Compute.Kernel.DETERMINISTIC, false);
      samples(layout + ".npz", compute, witness);
      assertThat(last).isNotEmpty().containsOnly(layout != Layout.NCHW);
    }
  }
}

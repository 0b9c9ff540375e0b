package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.files.Sha256;
import io.winnow.optim.Adam;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.Optimizer;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {
  private static final Scalar ONE = Tensors.constant(1);

  @TempDir Path folder;
  private final Tensor weight = Tensors.of(new float[] {1, 2, 3}, 3).set_requires_grad(true);
  private final Tensor average = Tensors.of(new float[] {4, 5, 6}, 3);
  private final Optimizer optimizer = Adam.coupled(Map.of("w", weight), AdamConfig.DEFAULT);
  private final List<String> heard = new ArrayList<>();
  private final TrainListener listener =
      new TrainListener() {
        @Override
        public void onCheckpoint(Position position, Path checkpoint) {
          assertThat(checkpoint.resolve("SHA256SUMS")).exists();
          heard.add(checkpoint.getFileName().toString());
        }
      };

  private Checkpoints.Live live() {
    return new Checkpoints.Live(Map.of("w", weight), Map.of("w", average), optimizer);
  }

  private static Snapshot at(long step) {
    return new Snapshot(
        new Position("coreset", 0, step, 0), 0.5, new double[5], "", Map.of("seed", "1"));
  }

  /** What a training does to the tensors while a checkpoint is written. */
  private void goOn() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      weight.add_(ONE);
      average.add_(ONE);
      optimizer.state().values().forEach(tensor -> tensor.add_(ONE));
    }
  }

  private static Map<String, String> files(Path folder) {
    Map<String, String> hashes = new TreeMap<>();
    try (var all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        hashes.put(folder.relativize(file).toString(), Sha256.of(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return hashes;
  }

  @Test
  void write_beside_leavesTheBytesOfTheMomentItWasAsked() {
    Path here = folder.resolve("here");
    Path beside = folder.resolve("beside");
    try (CheckpointWriter spot = new CheckpointWriter(new Checkpoints(here), false, listener);
        CheckpointWriter writer = new CheckpointWriter(new Checkpoints(beside), true, listener)) {
      for (long step = 1; step <= 4; step++) {
        spot.write(live(), at(step));
        writer.write(live(), at(step));
        goOn();
      }
      writer.await();
    }
    assertThat(files(here)).hasSize(10).isEqualTo(files(beside));
    assertThat(heard).contains("step-000000004").hasSize(8);
  }

  @Test
  void write_besideAndFailed_isThrownOnceByTheNextCall() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    Checkpoints checkpoints = new Checkpoints(file.resolve("state"));
    try (CheckpointWriter writer = new CheckpointWriter(checkpoints, true, listener)) {
      writer.write(live(), at(1));
      assertThatThrownBy(() -> writer.write(live(), at(2)))
          .isInstanceOf(UncheckedIOException.class);
      writer.await();
      assertThat(heard).isEmpty();
    }
  }

  /** As after a kill in the middle: a half-written one is invisible, the one before is loaded. */
  @Test
  void load_afterAHalfWrittenOne_isTheOneBefore() throws Exception {
    Path state = folder.resolve("state");
    Checkpoints checkpoints = new Checkpoints(state);
    try (CheckpointWriter writer = new CheckpointWriter(checkpoints, true, listener)) {
      writer.write(live(), at(1));
    }
    Path half = Files.createDirectories(state.resolve(".step-000000002.tmp-1"));
    Files.writeString(half.resolve("weights.safetensors"), "half");
    goOn();
    Checkpoints.Loaded loaded =
        new Checkpoints(state).load(live(), Map.of("seed", "1"), TrainListener.NONE);
    assertThat(loaded.snapshot().position().step()).isEqualTo(1);
    assertThat(Tensors.floats(weight)).containsExactly(1, 2, 3);
    assertThat(half).doesNotExist();
  }

  @Test
  void look_tellsOfACheckpoint_onceItIsWritten() throws Exception {
    Checkpoints checkpoints = new Checkpoints(folder.resolve("state"));
    try (CheckpointWriter writer = new CheckpointWriter(checkpoints, true, listener)) {
      writer.look();
      writer.write(live(), at(1));
      for (int i = 0; heard.isEmpty() && i < 1000; i++) {
        Thread.sleep(10);
        writer.look();
      }
      assertThat(heard).containsExactly("step-000000001");
      writer.look();
      writer.await();
      assertThat(heard).hasSize(1);
    }
  }

  @Test
  void write_beside_leavesNoNativeMemory() {
    Checkpoints checkpoints = new Checkpoints(folder.resolve("state"));
    try (CheckpointWriter writer = new CheckpointWriter(checkpoints, true, listener)) {
      writer.write(live(), at(1));
      writer.await();
      long before = Pointer.totalCount();
      writer.write(live(), at(2));
      writer.await();
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }
  }

  @Test
  void load_hashesThatEndEarly_areDamage() throws Exception {
    Path state = folder.resolve("state");
    Checkpoints checkpoints = new Checkpoints(state);
    checkpoints.write(live().tensors(), at(1));
    Path newest = checkpoints.write(live().tensors(), at(2));
    Path sums = newest.resolve("SHA256SUMS");
    Files.write(sums, Files.readAllLines(sums).subList(0, 3));
    List<String> warnings = new ArrayList<>();
    TrainListener warned =
        new TrainListener() {
          @Override
          public void onWarning(String message) {
            warnings.add(message);
          }
        };
    Checkpoints.Loaded loaded = checkpoints.load(live(), Map.of("seed", "1"), warned);
    assertThat(loaded.folder()).isEqualTo(state.resolve("step-000000001"));
    assertThat(warnings)
        .containsExactly(
            newest
                + ": damaged (state.json does not have the hash that SHA256SUMS gives); going on"
                + " from the checkpoint before it.");
    assertThat(newest).doesNotExist();
  }
}

package io.winnow.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Curve;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.EmaRule;
import io.winnow.task.Interrupted;
import io.winnow.tensor.Scope;
import io.winnow.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a checkpoint belongs to, when one is written, and what becomes of a damaged one. */
class TrainerStateTest {
  @TempDir Path folder;

  private TrainRun run() {
    return new TrainRun(folder.resolve("run"));
  }

  private static TrainRun with(TrainRun run, Object... changes) {
    return run.with(TrainConfigs.set(run.config, changes));
  }

  /** Whatever decides about the numbers belongs to a run's identity, each under its name. */
  @Test
  void resume_anythingThatDecidesAboutTheNumbersChanged_isRefusedByName() {
    run().runSteps(1);
    Map<String, Consumer<TrainRun>> changes = new LinkedHashMap<>();
    changes.put("seed was 11 and is now 12", run -> run.seed = 12);
    changes.put("images was 40 and is now 39", run -> run.images = new PlainImages(39, 10, 1));
    changes.put("coreset was ", run -> run.kept = new int[] {1, 2, 3});
    changes.put("guidance was ", run -> run.guidance = new Guidance(TrainRun.CLASSES, 0.3));
    changes.put("schedule was ", run -> run.schedule = new ScheduleConfig.Linear(1000, 1e-4, 0.03));
    changes.put(
        "objective was eps and is now v minSnr 5.0",
        run -> {
          run.parameterization = Parameterization.V;
          run.minSnr = 5.0;
        });
    changes.put("weighting was ", run -> run.weighting = new ClassLossWeights(new double[10]));
    changes.put("epochs was 4 and is now 5", run -> with(run, "epochs", 5));
    changes.put("steps was null and is now 9", run -> with(run, "epochs", null, "steps", 9L));
    changes.put("batch was 6 and is now 7", run -> with(run, "batch", 7));
    changes.put("learningRate was 0.01 and is now 0.02", run -> with(run, "learningRate", 0.02));
    changes.put("warmupEpochs was 2 and is now 3", run -> with(run, "warmupEpochs", 3));
    changes.put("adam was ", run -> with(run, "adam", new AdamConfig(0.9, 0.999, 1e-8, 0.1)));
    changes.put("ema was RAMP 0.99 and is now RAMP 0.9", run -> with(run, "ema", 0.9));
    changes.put("is now CONSTANT 0.99", run -> with(run, "emaRule", EmaRule.CONSTANT));
    changes.put("gradientClip was 1.0 and is now null", run -> with(run, "gradientClip", null));
    changes.put("flip was true and is now false", run -> with(run, "flip", false));
    changes.put("anneal was 0.75 OFF and is now 0.5 OFF", run -> with(run, "anneal", 0.5));
    changes.put(
        "and is now 0.75 KEEP", run -> with(run, "annealWeights", TrainConfig.AnnealWeights.KEEP));
    changes.put("network was ", run -> run.network = new AffineDenoiser());
    changes.forEach(
        (message, change) -> {
          TrainRun other = run();
          change.accept(other);
          assertThatThrownBy(() -> other.run(TrainListener.NONE))
              .as(message)
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("step-000000001: belongs to another run; ")
              .hasMessageContaining(message);
        });
  }

  @Test
  void resume_withOtherBookkeeping_goesOn() {
    run().runSteps(2);
    TrainRun other =
        with(
            run(),
            "microBatch",
            3,
            "reportSteps",
            2,
            "checkpoint",
            new TrainConfig.CheckpointRule(null, 7, null));
    List<Long> resumed = new ArrayList<>();
    other.run(
        new TrainListener() {
          @Override
          public void onResume(Position position, Path checkpoint) {
            resumed.add(position.step());
            assertThat(checkpoint.getFileName().toString()).isEqualTo("step-000000002");
          }
        });
    assertThat(resumed).containsExactly(2L);
  }

  /** 19 steps in epochs of 4, 4, 4 and 7; a step takes two seconds by the clock of the test. */
  @ParameterizedTest
  @CsvSource({
    "5, , , 3 6 9 12 15 18 19",
    "8, , , 4 8 12 16 19",
    ", 6, , 6 12 18 19",
    ", , 1, 4 8 12 19",
    ", , 2, 8 19",
    "100, 10, 3, 10 12 19",
    ", , , 19"
  })
  void checkpoints_areWrittenWhenTheRuleSays(
      Integer seconds, Integer steps, Integer epochs, String expected) {
    TrainRun run =
        with(run(), "checkpoint", new TrainConfig.CheckpointRule(seconds, steps, epochs));
    long[] now = {1000};
    run.nanoClock = () -> now[0];
    run.inputs =
        source ->
            step -> {
              now[0] += 2_000_000_000L;
              return source.at(step);
            };
    List<String> written = new ArrayList<>();
    run.run(
        new TrainListener() {
          @Override
          public void onCheckpoint(Position position, Path checkpoint) {
            assertThat(checkpoint.resolve("state.json")).exists();
            written.add(Long.toString(position.step()));
          }
        });
    assertThat(String.join(" ", written)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "weights.safetensors",
        "ema.safetensors",
        "optimizer.safetensors",
        "state.json",
        "SHA256SUMS"
      })
  void resume_anyFileOfTheNewestDamaged_goesOnFromTheOneBefore(String name) throws IOException {
    for (boolean remove : new boolean[] {true, false}) {
      TrainRun run = new TrainRun(folder.resolve("run-" + remove));
      run.runSteps(1);
      new TrainRun(run.folder).runSteps(1);
      Path file = run.folder.resolve("train-state/step-000000002").resolve(name);
      if (remove) {
        Files.delete(file);
      } else {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
      List<String> heard = new ArrayList<>();
      TrainRun again = new TrainRun(run.folder);
      again.build();
      int[] left = {1};
      assertThatThrownBy(
              () ->
                  again.trainer.run(
                      new TrainListener() {
                        @Override
                        public void onResume(Position position, Path checkpoint) {
                          heard.add("from " + position.step());
                        }

                        @Override
                        public void onWarning(String message) {
                          heard.add(message);
                        }
                      },
                      () -> left[0]-- == 0))
          .isInstanceOf(Interrupted.class);
      assertThat(heard).hasSize(2);
      assertThat(heard.get(0))
          .contains("step-000000002: damaged (" + damage(name, remove))
          .endsWith("; going on from the checkpoint before it.");
      assertThat(heard.get(1)).isEqualTo("from 1");
    }
  }

  private static String damage(String name, boolean removed) {
    if (name.equals("SHA256SUMS")) {
      return removed ? "SHA256SUMS: no such file)" : ""; // whichever file's hash it is
    }
    return name + (removed ? " is missing)" : " does not have the hash that SHA256SUMS gives)");
  }

  /** Rewrites the optimiser's state of the newest checkpoint under other metadata. */
  private void rewriteOptimizer(Map<String, String> metadata) throws IOException {
    rewrite(
        "optimizer.safetensors",
        file -> {
          try (Scope scope = Scope.open()) {
            Safetensors.write(file, Safetensors.read(file), metadata);
          }
        });
  }

  private void rewrite(String name, Consumer<Path> change) throws IOException {
    Path checkpoint = folder.resolve("run/train-state/step-000000002");
    Path file = checkpoint.resolve(name);
    String before = Sha256.of(file);
    change.accept(file);
    Path sums = checkpoint.resolve("SHA256SUMS");
    Files.writeString(sums, Files.readString(sums).replace(before, Sha256.of(file)));
  }

  @Test
  void resume_stateOfAnotherOptimizer_isRefusedByName() throws IOException {
    run().runSteps(2);
    rewriteOptimizer(Map.of("format", "pt", "optimizer", "sgd"));
    assertThatThrownBy(() -> run().run(TrainListener.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("step-000000002: belongs to another run; optimizer was sgd and is")
        .hasMessageContaining("now adam. Undo the change");
  }

  /** As the versions before it wrote them. */
  @Test
  void resume_stateThatNamesNeitherOptimizerNorObjective_isOfAdamAndEps() throws IOException {
    run().run(TrainListener.NONE);
    Map<String, byte[]> undisturbed = run().stateFiles();
    Path whole = folder.resolve("run");
    Files.move(whole, folder.resolve("whole"));
    run().runSteps(2);
    rewriteOptimizer(Map.of("format", "pt"));
    rewrite(
        "state.json",
        file -> {
          Snapshot state = Json.read(file, Snapshot.class);
          assertThat(state.identity().remove("objective")).isEqualTo("eps");
          Json.write(file, state);
        });
    run().run(TrainListener.NONE);
    assertThat(run().stateFiles()).containsExactlyInAnyOrderEntriesOf(undisturbed);
  }

  @Test
  void resume_removesWhatAKilledProcessLeftHalfWritten() throws IOException {
    run().runSteps(1);
    Path half = folder.resolve("run/train-state/.step-000000002.tmp-77");
    Files.createDirectories(half);
    Files.writeString(half.resolve("weights.safetensors"), "half");
    Path users = Files.createDirectories(folder.resolve("run/train-state/notes"));
    run().run(TrainListener.NONE);
    assertThat(half).doesNotExist();
    assertThat(users).exists();
  }

  @Test
  void interruption_saysWhereItIsAndThatItCanGoOn() {
    TrainRun run = run();
    int[] left = {9};
    List<Position> saved = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onCheckpoint(Position position, Path checkpoint) {
            saved.add(position);
          }
        };
    assertThatThrownBy(() -> run.build().run(listener, () -> left[0]-- == 0))
        .isInstanceOf(Interrupted.class)
        .hasMessage("model: interrupted; what is done is saved. Repeat the same command to go on.");
    assertThat(saved).last().isEqualTo(new Position("coreset", 2, 9, 46));
  }

  /** The curve of another stage stays, and what the checkpoint does not know of this one goes. */
  @Test
  void resume_curve_keepsWhatTheCheckpointKnows() {
    TrainRun run = with(run(), "reportSteps", 1);
    run.runSteps(3);
    Curve.Point point = run.curve().get(2);
    for (int step : new int[] {4, 5}) {
      Curve.append(run.curveFile(), at(point, "model", step));
    }
    Curve.append(run.curveFile(), at(point, "reference", 50));
    TrainRun again = with(run(), "reportSteps", 1);
    again.runSteps(1);
    assertThat(again.curve().stream().map(p -> p.phase() + " " + p.step()))
        .containsExactly("model 1", "model 2", "model 3", "reference 50", "model 4");
    assertThat(IntStream.range(0, 4).mapToObj(i -> again.curve().get(i).loss()).limit(3))
        .doesNotHaveDuplicates();
  }

  private static Curve.Point at(Curve.Point p, String phase, long step) {
    return new Curve.Point(
        phase,
        step,
        p.epoch(),
        p.loss(),
        p.gradNorm(),
        p.learningRate(),
        p.imagesPerSecond(),
        p.samplesSeen());
  }
}

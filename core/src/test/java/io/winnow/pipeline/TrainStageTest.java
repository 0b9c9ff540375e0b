package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.MaskRule;
import io.winnow.diffusion.MaskedDenoiser;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.TokenMask;
import io.winnow.files.AtomicFile;
import io.winnow.files.Sha256;
import io.winnow.model.ModelFolder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.ClassLossWeights;
import io.winnow.train.ClassSampling;
import io.winnow.train.LossWeighting;
import io.winnow.train.TrainListener;
import io.winnow.weights.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings of a few updates on four cats and two dogs. */
class TrainStageTest {
  private static final int[] KEPT = {0, 2, 4, 5};

  @TempDir Path folder;
  private RunData data;
  private final HeardProgress heard = new HeardProgress();

  @BeforeEach
  void images() {
    SmallSet.images(folder.resolve("set"), "cat", 4);
    SmallSet.images(folder.resolve("set"), "dog", 2);
    data = SmallSet.open(folder.resolve("set"), folder.resolve("run"));
  }

  @AfterEach
  void close() {
    data.close();
  }

  private Recipe recipe(String... sets) {
    List<String> base =
        List.of(
            "model.labelDropout=0.25",
            "train={epochs: 2, batch: 2, warmupEpochs: 1, ema: 0.5, reportSteps: 1}");
    return SmallSet.recipe(folder.resolve("set"), base, sets).value();
  }

  private TrainStage stage(Recipe recipe) {
    return new TrainStage(
        recipe.model(),
        data,
        null,
        null,
        new RunLayout(folder.resolve("run")),
        Compute.plainCpu(),
        heard,
        () -> false);
  }

  private StageOutcome train(Recipe recipe, LossWeighting weighting) {
    return stage(recipe)
        .train(RunLayout.Network.MODEL, KEPT, recipe.train(), weighting, RandomStreams.of(11));
  }

  private static LossWeighting weights(double cat, double dog) {
    return new ClassLossWeights(new double[] {cat, dog});
  }

  @Test
  void outcome_saysWhatWasTrainedOnWhat() {
    StageOutcome outcome = train(recipe(), weights(0.5, 2));
    assertThat(outcome.images()).isEqualTo(8);
    assertThat(outcome.note()).isEqualTo("4 updates");
    assertThat(outcome.sampling()).isNull();
    RunRecord.Training facts = outcome.training();
    assertThat(facts.weighting()).isEqualTo("loss");
    assertThat(facts.weights()).isEqualTo(RunRecord.Range.of(new double[] {0.5, 2}));
    assertThat(facts.labelDropout()).isEqualTo(0.25);
    assertThat(facts.stream()).isEqualTo(11);
    assertThat(facts.reference()).isNull();
    String ids = Sha256.of("cat/0.png\ncat/2.png\ndog/0.png\ndog/1.png\n");
    assertThat(facts.phases())
        .singleElement()
        .satisfies(
            phase -> {
              assertThat(phase.images()).isEqualTo(4);
              assertThat(phase.sha256()).isEqualTo(ids);
              assertThat(phase.updates()).isEqualTo(4);
              assertThat(phase.weighted()).isTrue();
            });
  }

  @Test
  void weightsByDraws_areRecordedAsTheyAreDrawn_andDropoutOfNoClassesAsNone() {
    LossWeighting drawn = new ClassSampling(new double[] {0.25, 0.75});
    RunRecord.Training facts = train(recipe(), drawn).training();
    assertThat(facts.weighting()).isEqualTo("sampling");
    assertThat(facts.weights()).isEqualTo(RunRecord.Range.of(new double[] {0.25, 0.75}));
    assertThat(train(recipe("model.classes=none"), weights(1, 1)).training().labelDropout())
        .isZero();
  }

  @Test
  void training_leavesNoWeightsInNativeMemory() {
    Recipe recipe = recipe();
    LossWeighting weighting = weights(1, 1);
    train(recipe, weighting);
    long before = Pointer.totalCount();
    train(recipe, weighting);
    int tables = 6; // of the schedule, a few kilobytes
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before + tables);
  }

  /** Four updates on two cats and two dogs: what dogs count changes them. */
  @Test
  void weightsOfClasses_areThoseOfTheImagesClasses() {
    List<String> trained = new ArrayList<>();
    for (double dog : new double[] {1, 3, 1}) {
      train(recipe(), weights(1, dog));
      trained.add(Sha256.of(ModelFolder.weights(folder.resolve("run/model"))));
    }
    assertThat(trained.get(1)).isNotEqualTo(trained.get(0));
    assertThat(trained.get(2)).isEqualTo(trained.get(0));
  }

  @Test
  void folder_hasTheAveragedWeights_theRawOnesBeside_andNothingOfTheTrainingIsLeft() {
    train(recipe(), weights(1, 1));
    Path model = folder.resolve("run/model");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> raw = Safetensors.read(model.resolve(TrainStage.RAW));
      Map<String, Tensor> averaged = ModelFolder.read(model).network().state();
      assertThat(raw.keySet()).isEqualTo(averaged.keySet());
      assertThat(raw)
          .anySatisfy(
              (key, value) ->
                  assertThat(Tensors.floats(value))
                      .isNotEqualTo(Tensors.floats(averaged.get(key))));
    }
    assertThat(new RunLayout(folder.resolve("run")).trainState(RunLayout.Network.MODEL))
        .doesNotExist();
  }

  @Test
  void progress_isOfUpdates_withLossAndSpeed() {
    train(recipe(), weights(1, 1));
    assertThat(heard.lines().get(0)).isEqualTo("begin model 4 updates, 0 done");
    assertThat(heard.lines())
        .filteredOn(line -> line.contains("loss"))
        .allMatch(line -> line.matches("\\d epoch \\d, loss \\d+\\.\\d{4}, \\d+ images/s"))
        .extracting(line -> line.substring(0, "1 epoch 0".length()))
        .containsExactly("1 epoch 0", "2 epoch 1", "3 epoch 1", "4 epoch 2");
    assertThat(heard.lines()).last().isEqualTo("end");
  }

  /**
   * Asked to stop after every update: each call does one more, and the last ends as if undisturbed.
   */
  @Test
  void training_goesOnWhereItWasStopped_andSaysSo() {
    Recipe recipe = recipe();
    train(recipe, weights(1, 1));
    Path model = folder.resolve("run/model");
    String undisturbed = Sha256.of(ModelFolder.weights(model));
    TrainStage stage = stage(recipe);
    stage.discard(RunLayout.Network.MODEL);
    assertThat(model).doesNotExist();
    int[] asked = {0};
    TrainStage stopping =
        new TrainStage(
            recipe.model(),
            data,
            null,
            null,
            new RunLayout(folder.resolve("run")),
            Compute.plainCpu(),
            heard,
            () -> ++asked[0] > 2);
    assertThatThrownBy(
            () ->
                stopping.train(
                    RunLayout.Network.MODEL,
                    KEPT,
                    recipe.train(),
                    weights(1, 1),
                    RandomStreams.of(11)))
        .isInstanceOf(Interrupted.class);
    assertThat(heard.lines()).last().as("its task is over").isEqualTo("end");
    assertThat(model).doesNotExist();
    assertThat(new RunLayout(folder.resolve("run")).trainState(RunLayout.Network.MODEL)).exists();
    assertThat(train(recipe, weights(1, 1)).images()).as("in all").isEqualTo(8);
    assertThat(heard.lines()).anyMatch(line -> line.matches("begin model 4 updates, [123] done"));
    assertThat(Sha256.of(ModelFolder.weights(model))).isEqualTo(undisturbed);
    stage.discard(RunLayout.Network.MODEL);
    assertThat(model).doesNotExist();
  }

  @Test
  void discarding_removesTheStateToo() {
    RunLayout run = new RunLayout(folder.resolve("run"));
    Path state = run.trainState(RunLayout.Network.MODEL);
    AtomicFile.writeString(state.resolve("x"), "left");
    stage(recipe()).discard(RunLayout.Network.MODEL);
    assertThat(state).doesNotExist();
  }

  /** A network on latents is none on images. */
  @Test
  void networkOfAnotherSpace_isRefused() {
    TrainStage stage = stage(recipe());
    DenoisingNetwork network = null;
    stage.requireSameSpace(new ModelFolder(network, null), folder);
    try (AutoencoderKl vae =
        new AutoencoderKl(new AutoencoderKlConfig(3, 3, List.of(8), 1, 4, 4, 16, 0.25))) {
      ModelFolder other = new ModelFolder(network, null).withVae(vae);
      assertThatThrownBy(() -> stage.requireSameSpace(other, folder))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              folder
                  + ": a network on the latents of another autoencoder; expected that of this"
                  + " run.");
    }
  }

  @Test
  void notesAndWarningsOfTheWeighting_areSaid_andAnEpochWithoutAnyIsNot() {
    int[] epochs = {0};
    LossWeighting speaking =
        new LossWeighting() {
          @Override
          public double[] coefficients(int[] groups) {
            return weights(1, 1).coefficients(groups);
          }

          @Override
          public Map<String, Double> endEpoch(TrainListener listener) {
            if (++epochs[0] == 1) {
              return Map.of("eta", 0.25);
            }
            listener.onWarning("odd");
            return Map.of();
          }

          @Override
          public String identity() {
            return "speaking";
          }
        };
    train(recipe(), speaking);
    assertThat(heard.lines())
        .filteredOn(line -> line.startsWith("note"))
        .containsExactly("note model epoch 1: eta 0.2500", "note model: odd");
  }

  /** A network of masks is asked for both passes in every update, through whoever looks on. */
  @Test
  void maskedNetwork_isAskedForBothPasses_asItsRatioSays() {
    for (String ratio : List.of("0.3", "null")) {
      String model =
          "model={type: mdt, version: 2, space: pixels, patch: 2, width: 16, depth: 2, heads: 2,"
              + " decodeLayer: 1, maskRatio: %s, learnSigma: false}";
      Recipe recipe = recipe(model.formatted(ratio));
      List<String> asked = new ArrayList<>();
      Witness witness =
          new Witness() {
            @Override
            public Denoiser network(String role, DenoisingNetwork network) {
              return new Asked((MaskedDenoiser) network, asked);
            }
          };
      watched(recipe, "masked" + ratio, witness);
      assertThat(asked).filteredOn("all"::equals).hasSize(4);
      assertThat(asked).filteredOn("masked"::equals).hasSize(ratio.equals("null") ? 0 : 4);
    }
  }

  private void watched(Recipe recipe, String run, Witness witness) {
    RunLayout layout = new RunLayout(folder.resolve(run));
    Compute cpu = Compute.plainCpu();
    new TrainStage(recipe.model(), data, null, null, layout, cpu, heard, () -> false, witness)
        .train(RunLayout.Network.MODEL, KEPT, recipe.train(), weights(1, 1), RandomStreams.of(11));
  }

  /** Class 2 of two is none. */
  @Test
  void labels_areHiddenInTheShareOfTheModel_whichIsInTrainingMode() {
    for (String dropout : List.of("0", "0.9")) {
      List<Long> told = new ArrayList<>();
      Witness witness =
          new Witness() {
            @Override
            public Denoiser network(String role, DenoisingNetwork network) {
              return (xt, t, condition) -> {
                assertThat(network.training()).isTrue();
                told.addAll(Arrays.stream(Tensors.longs(condition.labels())).boxed().toList());
                return network.predict(xt, t, condition);
              };
            }
          };
      watched(recipe("model.labelDropout=" + dropout), "told" + dropout, witness);
      assertThat(told).hasSize(8);
      assertThat(told.contains(2L)).isEqualTo(dropout.equals("0.9"));
    }
  }

  /** Writes down which pass a network is asked for. */
  private record Asked(MaskedDenoiser network, List<String> passes) implements MaskedDenoiser {
    @Override
    public Prediction predict(Tensor xt, Tensor t, Condition condition) {
      passes.add("all");
      return network.predict(xt, t, condition);
    }

    @Override
    public Prediction predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask) {
      passes.add("masked");
      return network.predictMasked(xt, t, condition, mask);
    }

    @Override
    public int tokens() {
      return network.tokens();
    }

    @Override
    public MaskRule maskRule() {
      return network.maskRule();
    }
  }

  @Test
  void networkAskedBesides_isItself_whereNobodyLooksOn() {
    DenoisingNetwork network =
        stage(recipe()).create(recipe().train(), RandomStreams.of(1)).network();
    assertThat(stage(recipe()).seen("reference", network)).isSameAs(network);
  }
}

package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.Coreset;
import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunLayout.Network;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.TrajectoryCsv;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.files.AtomicFile;
import io.winnow.files.ContentHash;
import io.winnow.model.ModelFolder;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.task.HeardProgress;
import io.winnow.task.Progress;
import io.winnow.tensor.Compute;
import io.winnow.tensor.RandomStreams;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stage alone, on a coreset of three cats and a dog of 4 x 4 pixels. */
class LearntWeightsTest {
  @TempDir Path folder;
  private RunData data;
  private final HeardProgress heard = new HeardProgress();
  private final List<String> asked = new ArrayList<>();

  @BeforeEach
  void images() {
    SmallSet.images(folder.resolve("set"), "cat", 4);
    SmallSet.images(folder.resolve("set"), "dog", 2);
    data = SmallSet.open(folder.resolve("set"), run().folder());
  }

  @AfterEach
  void close() {
    data.close();
  }

  private RunLayout run() {
    return new RunLayout(folder.resolve("run"));
  }

  private Recipe recipe(String... sets) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dataset.path=x",
                "model={width: 8, multipliers: [1], blocks: 1, attention: [], groups: 4,"
                    + " dropout: 0.5}",
                "train={epochs: 4, batch: 2, warmupEpochs: 1, ema: 0.5}",
                "reweight.settings={eta: 20, warmupSteps: 1, trajectoryEvery: 2}",
                "reweight.proxy.epochs=2",
                "reweight.reference.path=" + folder.resolve("reference")));
    all.addAll(List.of(sets));
    return Recipe.read(null, all).value();
  }

  private TrainStage training(Recipe recipe) {
    Witness witness =
        new Witness() {
          @Override
          public Denoiser network(String role, DenoisingNetwork network) {
            asked.add(role);
            return network;
          }
        };
    return new TrainStage(
        recipe.model(),
        data,
        null,
        null,
        run(),
        Compute.plainCpu(),
        Progress.SILENT,
        () -> false,
        witness);
  }

  private ReweightStage stage(Recipe recipe) {
    return new ReweightStage(recipe, training(recipe), data, Compute.plainCpu(), run());
  }

  private StageOutcome learn(Recipe recipe) {
    return stage(recipe).run(coreset(), RandomStreams.of(11), heard);
  }

  private ModelFolder made(Recipe recipe) {
    return training(recipe).create(recipe.train(), RandomStreams.of(1));
  }

  private void writeReference(ModelFolder made) {
    made.write(folder.resolve("reference"), made.network().state());
  }

  private Coreset coreset() {
    List<Coreset.Entry> entries = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      int label = data.labels()[i];
      boolean kept = i != 1 && i != 5;
      entries.add(
          new Coreset.Entry(
              data.inventory().ids().get(i), "p", "h", label, "c" + label, 0, kept, "r", 1));
    }
    return new Coreset(
        new Coreset.Selection("m", Map.of(), 0.5, 0, null, "d", Map.of(), Map.of(), List.of()),
        entries);
  }

  private ClassWeights weights() {
    return ClassWeights.read(run().classWeights());
  }

  @Test
  void doremi_comparesTheProxyWithTheFrozenReference_andRecordsIt() {
    writeReference(made(recipe()));
    StageOutcome outcome = learn(recipe());
    String hash = ContentHash.of(folder.resolve("reference"));
    assertThat(outcome.images()).as("two epochs of four").isEqualTo(8);
    assertThat(outcome.sampling()).isNull();
    RunRecord.Training facts = outcome.training();
    assertThat(facts.reference()).isEqualTo(new RunRecord.Reference(hash, "eval", "squared error"));
    assertThat(facts.weighting()).isEqualTo("learnt");
    assertThat(facts.weights()).isEqualTo(RunRecord.Range.of(weights().weights()));
    assertThat(facts.stream()).isEqualTo(11);
    assertThat(weights().settings().get("identities"))
        .isEqualTo(
            Map.of(
                "dataset",
                data.inventory().hash(),
                "coreset",
                coreset().hash(),
                "reference",
                hash));
    assertThat(weights().frequency()).containsExactly(new double[] {0.75, 0.25}, within(1e-12));
    assertThat(asked).containsExactly("reference of the proxy", "proxy");
    assertThat(TrajectoryCsv.read(run().trajectory()).rows())
        .extracting(row -> row.step())
        .containsExactly(2L, 4L);
    List<String> warnings = weights().warnings();
    assertThat(warnings).isNotEmpty();
    assertThat(outcome.note()).isEqualTo(String.join(" ", warnings));
    assertThat(heard.lines())
        .containsExactlyElementsOf(warnings.stream().map(w -> "note reweight: " + w).toList());
    assertThat(run().network(Network.PROXY)).isDirectory();
  }

  @Test
  void groupDro_comparesWithNothing_andHasNothingToWarnOf() {
    StageOutcome outcome = learn(recipe("reweight.settings.rule=group-dro"));
    assertThat(outcome.note()).isEqualTo("4 updates");
    assertThat(heard.lines()).isEmpty();
    assertThat(outcome.training().reference()).isNull();
    assertThat(outcome.training().weights()).isEqualTo(RunRecord.Range.of(weights().weights()));
    assertThat(weights().settings().get("identities"))
        .isEqualTo(Map.of("dataset", data.inventory().hash(), "coreset", coreset().hash()));
    assertThat(weights().frequency()).containsExactly(new double[] {0.75, 0.25}, within(1e-12));
    assertThat(asked).containsExactly("proxy");
    assertThat(TrajectoryCsv.read(run().trajectory()).classes()).containsExactly("cat", "dog");
  }

  @Test
  void inverseFrequency_isCounted_andLeavesTheWeightsAlone() {
    Recipe recipe = recipe("reweight.settings.rule=inverse-frequency");
    assertThat(learn(recipe))
        .isEqualTo(new StageOutcome(0, "inverse frequency: nothing is learnt"));
    assertThat(weights().weights()).containsExactly(new double[] {2 / 3.0, 2}, within(1e-12));
    assertThat(weights().settings().get("identities"))
        .isEqualTo(Map.of("dataset", data.inventory().hash(), "coreset", coreset().hash()));
    assertThat(asked).isEmpty();
    assertThat(run().network(Network.PROXY)).doesNotExist();
    assertThat(stage(recipe).outputs()).containsExactly(run().classWeights());
  }

  /** Of four epochs a warm-up of two is one of the proxy's two; what does not concern it is off. */
  @Test
  void proxy_isTrainedAsTheModelIs_forItsOwnEpochs() {
    Recipe recipe = recipe("train.warmupEpochs=2", "train.anneal=0.5");
    assertThat(stage(recipe).config(new int[] {0, 2, 3, 4}))
        .isEqualTo(ReweightPlan.lasting(recipe.train(), 2, 4));
    assertThat(stage(recipe).config(new int[] {0, 2, 3, 4}).warmupEpochs()).isEqualTo(1);
    assertThat(stage(recipe).config(new int[] {0, 2, 3, 4}).anneal()).isNull();
  }

  @Test
  void reference_isTheRunsOwn_unlessTheRecipeNamesOne() {
    assertThat(stage(recipe()).referenceFolder()).isEqualTo(folder.resolve("reference"));
    assertThat(stage(recipe("reweight.reference.path=null")).referenceFolder())
        .isEqualTo(run().network(Network.REFERENCE));
    writeReference(made(recipe()));
    DenoisingNetwork reference = stage(recipe()).reference();
    assertThat(reference.training()).isFalse();
    assertThat(ReweightStage.mode(reference)).isEqualTo("eval");
    reference.train(true);
    assertThat(ReweightStage.mode(reference)).isEqualTo("train");
  }

  @Test
  void reference_ofAnotherShapePredictionOrSpace_isRefused() {
    String where = folder.resolve("reference") + ": a network ";
    writeReference(made(recipe("model.width=16")));
    assertThatThrownBy(() -> stage(recipe()).reference())
        .hasMessage(
            where
                + "of another shape than the recipe's model; expected the same. Set model to the"
                + " reference's, or train a reference with reweight.reference.path: null.");
    writeReference(made(recipe("train.prediction=v")));
    assertThatThrownBy(() -> stage(recipe()).reference())
        .hasMessage(
            where
                + "that predicts v_prediction, where the recipe's predicts epsilon; expected the"
                + " same. Name another reference, or train one with reweight.reference.path:"
                + " null.");
    try (AutoencoderKl vae =
        new AutoencoderKl(new AutoencoderKlConfig(3, 3, List.of(8), 1, 3, 4, 4, 0.25))) {
      writeReference(made(recipe()).withVae(vae));
      assertThatThrownBy(() -> stage(recipe()).reference())
          .hasMessageStartingWith(where + "on the latents of another autoencoder");
    }
  }

  @Test
  void reference_thatIsRefused_leavesNoWeightsInNativeMemory() {
    writeReference(made(recipe("model.width=16")));
    ReweightStage stage = stage(recipe());
    assertThatThrownBy(stage::reference).hasMessageContaining("of another shape");
    long before = Pointer.totalCount();
    assertThatThrownBy(stage::reference).hasMessageContaining("of another shape");
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }

  @Test
  void discarding_removesTheProxyAndTheWeights_andNothingElse() {
    List<Path> own =
        List.of(
            run().network(Network.PROXY),
            run().trainState(Network.PROXY),
            run().classWeights(),
            run().trajectory());
    List<Path> others = List.of(run().network(Network.REFERENCE), run().network(Network.MODEL));
    for (List<Path> paths : List.of(own, others)) {
      for (Path path : paths) {
        AtomicFile.writeString(
            path.getFileName().toString().contains(".") ? path : path.resolve("x"), "left");
      }
    }
    stage(recipe()).discard();
    assertThat(own).allSatisfy(path -> assertThat(path).doesNotExist());
    assertThat(others).allSatisfy(path -> assertThat(path).exists());
    assertThat(stage(recipe()).outputs())
        .containsExactly(run().network(Network.PROXY), run().classWeights(), run().trajectory());
  }
}

package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import io.winnow.artifact.RunLayout.Network;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The names that folders of earlier versions have. */
class RunLayoutTest {
  private static final RunLayout RUN = new RunLayout(Path.of("run"));

  private static void named(Path file, String name) {
    assertThat(file).isEqualTo(Path.of("run").resolve(name));
  }

  @Test
  void files_ofTheRunItself() {
    named(RUN.recipe(), "recipe.yaml");
    named(RUN.pruneSettings(), "prune.yaml");
    named(RUN.reference(), "reference.json");
    named(RUN.record(), "run.json");
    named(RUN.lock(), ".lock");
    named(RUN.inventory(), "inventory.json");
    named(RUN.quarantine(), "quarantine.json");
    named(RUN.heldOut(), "held-out.json");
    named(RUN.speedUps(), "speed-ups.json");
    named(RUN.report(), "report.html");
    named(RUN.reportData(), "report-data");
    named(RUN.gallery(), "report-data/gallery.json");
  }

  @Test
  void files_ofTheSelection() {
    named(RUN.encoder(), "encoder");
    named(RUN.features("clip"), "features/clip");
    named(RUN.texts(), "texts");
    named(RUN.autoencoder(), "vae");
    named(RUN.autoencoderState(), "train-state/vae.safetensors");
    named(RUN.latents(), "latents");
    named(RUN.losses(), "losses");
    named(RUN.diagnostics(), "diagnostics.json");
    named(RUN.scores(), "scores");
    named(RUN.coreset(), "coreset.parquet");
    named(RUN.selection(), "coreset.json");
    named(RUN.exports(), "coreset");
    named(RUN.kept(), "coreset/kept.npy");
    named(RUN.dropped(), "coreset/dropped.npy");
  }

  @Test
  void files_ofTheNetworks() {
    named(RUN.classWeights(), "class-weights.json");
    named(RUN.trajectory(), "class-weights.csv");
    assertThat(Stream.of(Network.values()).map(RUN::network))
        .extracting(RUN.folder()::relativize)
        .extracting(Path::toString)
        .containsExactly("reference", "proxy", "model", "unweighted");
    named(RUN.trainState(Network.PROXY), "train-state/proxy");
    named(RUN.curve(), "metrics.jsonl");
    assertThat(RUN.curves()).hasSize(4).startsWith(RUN.curve());
    named(RUN.curves().get(3), "model/metrics.jsonl");
  }

  @Test
  void files_ofSamplesAndTheirMetrics() {
    named(RUN.samples(Network.MODEL), "samples");
    named(RUN.samplesArray(Network.MODEL), "samples.npz");
    named(RUN.sampleParts(Network.MODEL), ".parts-samples");
    named(RUN.samples(Network.UNWEIGHTED), "samples-unweighted");
    named(RUN.samplesArray(Network.UNWEIGHTED), "samples-unweighted.npz");
    named(RUN.sampleFeatures(), "sample-features");
    named(RUN.statistics(), "statistics");
    named(RUN.metrics(), "metrics.json");
    named(RUN.memorisation(), "memorisation.json");
  }
}

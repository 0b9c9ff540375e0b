package io.winnow.artifact;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Where everything of a run stands in its folder: the one place that knows the names of its files.
 *
 * @param folder of the run
 */
public record RunLayout(Path folder) {

  /** The denoising networks of a run; one in a checkpoint folder of its own. */
  public enum Network {
    REFERENCE,
    PROXY,
    MODEL,
    /** The model without class weights, for comparison. */
    UNWEIGHTED;

    /** As folders and curves are named, for example {@code model}. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The recipe with every default written out. */
  public Path recipe() {
    return folder.resolve("recipe.yaml");
  }

  /** How a selection from features brought along came about, in the place of a recipe. */
  public Path pruneSettings() {
    return folder.resolve("prune.yaml");
  }

  /** The {@link RunRecord}. */
  public Path record() {
    return folder.resolve("run.json");
  }

  /** Held while a process works in the folder. */
  public Path lock() {
    return folder.resolve(".lock");
  }

  /** What was read of the data set. */
  public Path inventory() {
    return folder.resolve("inventory.json");
  }

  /** The samples that were left out; a {@link Quarantine}. */
  public Path quarantine() {
    return folder.resolve("quarantine.json");
  }

  /** The identity of the held-out images. */
  public Path heldOut() {
    return folder.resolve("held-out.json");
  }

  /**
   * The identity of the images that samples are compared with, where they are a set of their own.
   */
  public Path reference() {
    return folder.resolve("reference.json");
  }

  /** The folder of the classifier that is trained on the data set. */
  public Path encoder() {
    return folder.resolve("encoder");
  }

  /**
   * The folder of one set of {@link Features} of the data set.
   *
   * @param name of the encoder, with what sets the images apart
   */
  public Path features(String name) {
    return folder.resolve("features").resolve(name);
  }

  /** The folder of the {@link TextStates} of the data set. */
  public Path texts() {
    return folder.resolve("texts");
  }

  /** The folder of the autoencoder that is trained on the data set. */
  public Path autoencoder() {
    return folder.resolve("vae");
  }

  /** The state of its training, while it trains. */
  public Path autoencoderState() {
    return folder.resolve("train-state").resolve("vae.safetensors");
  }

  /** The folder of the {@link LatentMoments} of the data set. */
  public Path latents() {
    return folder.resolve("latents");
  }

  /** The folder of the scores. */
  public Path scores() {
    return folder.resolve("scores");
  }

  /** The folder of the losses of every image that a selection looks at. */
  public Path losses() {
    return folder.resolve("losses");
  }

  /** The manifest; {@link Coreset#read} and {@link Coreset#write} take the run's folder. */
  public Path coreset() {
    return folder.resolve(CoresetFiles.PARQUET);
  }

  /** The selection that the manifest belongs to. */
  public Path selection() {
    return folder.resolve(CoresetFiles.HEADER);
  }

  /** The folder of the manifest's exports. */
  public Path exports() {
    return folder.resolve(CoresetFiles.EXPORTS);
  }

  /** What the selection keeps of what there is: {@link SelectionDiagnostics}. */
  public Path diagnostics() {
    return folder.resolve("diagnostics.json");
  }

  /** Positions of the kept images, an export. */
  public Path kept() {
    return exports().resolve("kept.npy");
  }

  /** Positions of the others, an export. */
  public Path dropped() {
    return exports().resolve("dropped.npy");
  }

  /** The {@link ClassWeights}. */
  public Path classWeights() {
    return folder.resolve("class-weights.json");
  }

  /** Their {@link ClassWeights.Trajectory}. */
  public Path trajectory() {
    return folder.resolve("class-weights.csv");
  }

  /** The checkpoint folder of a network. */
  public Path network(Network which) {
    return folder.resolve(which.word());
  }

  /** The state of its training, while it trains. */
  public Path trainState(Network which) {
    return folder.resolve("train-state").resolve(which.word());
  }

  /** The {@link Curve} of all trainings. */
  public Path curve() {
    return folder.resolve("metrics.jsonl");
  }

  /** Files that may hold parts of the curve, in the order of the trainings. */
  public List<Path> curves() {
    return List.of(
        curve(),
        network(Network.REFERENCE).resolve("metrics.jsonl"),
        network(Network.PROXY).resolve("metrics.jsonl"),
        network(Network.MODEL).resolve("metrics.jsonl"));
  }

  /** The folder of a network's samples. */
  public Path samples(Network of) {
    return folder.resolve(samplesName(of));
  }

  /** The same samples as one array file. */
  public Path samplesArray(Network of) {
    return folder.resolve(samplesName(of) + ".npz");
  }

  /** The folder of samples while they are drawn. */
  public Path sampleParts(Network of) {
    return folder.resolve(".parts-" + samplesName(of));
  }

  /** The name of a network's set of samples. */
  public static String samplesName(Network of) {
    return of == Network.MODEL ? "samples" : "samples-" + of.word();
  }

  /** The folder of the features of samples. */
  public Path sampleFeatures() {
    return folder.resolve("sample-features");
  }

  /** The folder of statistics of features. */
  public Path statistics() {
    return folder.resolve("statistics");
  }

  /** The {@link Metrics}. */
  public Path metrics() {
    return folder.resolve("metrics.json");
  }

  /** The {@link Memorisation}. */
  public Path memorisation() {
    return folder.resolve("memorisation.json");
  }

  /** The {@link SpeedUps}. */
  public Path speedUps() {
    return folder.resolve("speed-ups.json");
  }

  /** The folder of the report's pictures. */
  public Path reportData() {
    return folder.resolve("report-data");
  }

  /** The {@link Gallery}. */
  public Path gallery() {
    return reportData().resolve("gallery.json");
  }

  /** The page. */
  public Path report() {
    return folder.resolve("report.html");
  }
}

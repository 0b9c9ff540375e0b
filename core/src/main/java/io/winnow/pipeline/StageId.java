package io.winnow.pipeline;

import java.util.Locale;

/** The stages of a run in the order in which they run. */
enum StageId {
  /** The classifier that is trained on the data set. */
  ENCODER(Stage.ENCODE),
  /** The features of every image. */
  ENCODE(Stage.ENCODE),
  SCORE(Stage.PRUNE),
  PRUNE(Stage.PRUNE),
  /** The states of the texts that networks are told. */
  TEXTS(Stage.REWEIGHT),
  /** The autoencoder that is trained on the data set, of networks on latents. */
  AUTOENCODER(Stage.REWEIGHT),
  /** The moments of the latents of every image. */
  LATENTS(Stage.REWEIGHT),
  /** The network that the proxy is compared with. */
  REFERENCE(Stage.REWEIGHT),
  /** The proxy and the class weights that it learns. */
  REWEIGHT(Stage.REWEIGHT),
  TRAIN(Stage.TRAIN),
  /** The same model without class weights. */
  TRAIN_UNWEIGHTED(Stage.TRAIN),
  SAMPLE(Stage.SAMPLE),
  SAMPLE_UNWEIGHTED(Stage.EVALUATE),
  /** What the encoders that judge make of real images. */
  JUDGE(Stage.EVALUATE),
  EVALUATE(Stage.EVALUATE);

  private final Stage goal;

  StageId(Stage goal) {
    this.goal = goal;
  }

  /** The first goal of a run that it is part of. */
  Stage goal() {
    return goal;
  }

  /** Whether it makes what networks are trained on, whatever the coreset. */
  private boolean trainingData() {
    return this == TEXTS || this == AUTOENCODER || this == LATENTS;
  }

  /** Whether its cost is one of finding and weighting the coreset. */
  boolean prepares() {
    return goal.compareTo(Stage.TRAIN) < 0 && !trainingData();
  }

  /** Whether it makes features of the images. */
  boolean encodes() {
    return goal == Stage.ENCODE;
  }

  /** Whether its outputs are those of every run with the same inputs and worth keeping for them. */
  boolean shared() {
    boolean features = this == ENCODER || this == ENCODE || this == SCORE;
    return features || trainingData() || this == REFERENCE || this == JUDGE;
  }

  /** As {@code run.json} and messages name it, for example {@code train-unweighted}. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

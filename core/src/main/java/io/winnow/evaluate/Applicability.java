package io.winnow.evaluate;

import io.winnow.encode.Encoder;
import io.winnow.evaluate.Side.StatisticsSide;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which metrics two sides can have: class-wise distances need classes, class agreement a classifier
 * of them, memorisation to know what was trained on. One that somebody asked for is refused before
 * anything is encoded; of a default list it is left out, and the listener is told.
 */
final class Applicability {
  private final EvaluationSettings settings;
  private final EvaluationRequest request;

  Applicability(EvaluationSettings settings, EvaluationRequest request) {
    this.settings = settings;
    this.request = request;
  }

  /**
   * The metrics that can be measured, in their order.
   *
   * @param chosen name of the encoder of metrics that have none of their own
   * @throws IllegalArgumentException for one that was asked for and cannot
   */
  List<MetricKind> applicable(String chosen) {
    return request.kinds().stream().filter(kind -> applies(kind, chosen)).toList();
  }

  private boolean applies(MetricKind kind, String chosen) {
    Optional<Obstacle> obstacle =
        switch (kind) {
          case CLASS_FD, CLASS_FID -> classes();
          case CLASS_AGREEMENT -> agreement(chosen);
          case MEMORISATION -> training();
          default -> Optional.empty();
        };
    if (obstacle.isPresent() && request.asked()) {
      throw new IllegalArgumentException(obstacle.get().what() + obstacle.get().remedy());
    }
    obstacle.ifPresent(o -> settings.listener().note(o.what() + "; left out"));
    return obstacle.isEmpty();
  }

  /**
   * Why a metric cannot be measured.
   *
   * @param remedy the rest of the message to somebody who asked for it
   */
  private record Obstacle(String what, String remedy) {}

  private Optional<Obstacle> classes() {
    boolean reference = !request.reference().classes().isEmpty();
    if (reference && !request.samples().classes().isEmpty()) {
      return Optional.empty();
    }
    if (Stream.of(request.samples(), request.reference()).anyMatch(Applicability::hasNoRows)) {
      return Optional.empty(); // whoever reads the rows says so of any metric of every image
    }
    return Optional.of(
        new Obstacle(
            "class-wise distances: the "
                + (reference ? "samples have" : "reference has")
                + " no classes",
            "; expected a folder per class, or labels (arr_1) in a sample batch. Ask for the pooled"
                + " distance alone (fd)."));
  }

  private static boolean hasNoRows(Side side) {
    return side instanceof StatisticsSide && side.images().isEmpty();
  }

  private Optional<Obstacle> training() {
    return request.training() != null
        ? Optional.empty()
        : Optional.of(
            new Obstacle(
                "memorisation: no held-out images",
                "; expected images like the training images (the reference) that the model has not"
                    + " seen, to compare its samples with. Give --held-out DATA."));
  }

  /** A classifier of the samples' classes: the chosen encoder, else the one to fall back on. */
  private Optional<Obstacle> agreement(String chosen) {
    if (request.samples().images().isEmpty()) {
      return Optional.of(
          new Obstacle(
              request.samples().name() + ": class-agreement needs images", ". Give the samples."));
    }
    List<String> classes = request.samples().classes();
    List<String> tried =
        Stream.of(Optional.of(chosen), Optional.<String>ofNullable(settings.classifier()))
            .flatMap(Optional::stream)
            .distinct()
            .toList();
    if (!classes.isEmpty() && tried.stream().anyMatch(name -> knows(name, classes))) {
      return Optional.empty();
    }
    return Optional.of(
        new Obstacle(
            "class-agreement: encoder "
                + tried.get(tried.size() - 1)
                + " is no classifier of the samples' classes",
            " " + classes + ". Choose one that is, or leave the metric out."));
  }

  private boolean knows(String name, List<String> classes) {
    try (Encoder encoder = settings.encoders().apply(name).get()) {
      return ClassAgreement.knows(encoder, classes);
    }
  }
}

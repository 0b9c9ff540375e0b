package io.winnow.evaluate;

import io.winnow.artifact.Metric;
import io.winnow.artifact.Metric.Circumstances;
import io.winnow.data.BadImageException;
import io.winnow.data.Dataset;
import io.winnow.data.Image;
import io.winnow.encode.Classifier;
import io.winnow.encode.Encoder;
import io.winnow.task.Progress;
import java.util.ArrayList;
import java.util.List;

/** The share of samples that a classifier puts into the class that they were asked for. */
public final class ClassAgreement {
  private static final int BATCH = 100;

  private ClassAgreement() {}

  /** Whether an encoder has a head for these classes. */
  public static boolean knows(Encoder encoder, List<String> classes) {
    return encoder instanceof Classifier classifier
        && !classes.isEmpty()
        && classifier.classes().containsAll(classes);
  }

  /**
   * Measures the share over all samples, then over those of every class.
   *
   * @param encoder that {@link #knows} the samples' classes
   */
  static List<Metric> of(
      Encoder encoder, Dataset samples, Circumstances circumstances, Progress listener) {
    Classifier classifier = (Classifier) encoder;
    int classes = classifier.classes().size();
    long[] asked = new long[classes];
    long[] agreed = new long[classes];
    listener.begin("class agreement", "images", samples.size(), 0);
    for (int first = 0; first < samples.size(); first += BATCH) {
      int count = Math.min(BATCH, samples.size() - first);
      List<Image> images = new ArrayList<>();
      for (int i = first; i < first + count; i++) {
        images.add(image(samples, i));
      }
      int[] seen = classifier.classify(images);
      for (int i = 0; i < count; i++) {
        String wanted = samples.classes().get(samples.label(first + i));
        int label = classifier.classes().indexOf(wanted);
        asked[label]++;
        agreed[label] += seen[i] == label ? 1 : 0;
      }
      listener.step((long) first + count, "");
    }
    listener.end();
    return metrics(classifier, asked, agreed, circumstances);
  }

  private static List<Metric> metrics(
      Classifier classifier, long[] asked, long[] agreed, Circumstances circumstances) {
    List<Metric> metrics = new ArrayList<>();
    long all = 0;
    long right = 0;
    for (int label = 0; label < asked.length; label++) {
      all += asked[label];
      right += agreed[label];
    }
    metrics.add(metric(classifier, null, all, right, circumstances));
    for (int label = 0; label < asked.length; label++) {
      if (asked[label] > 0) {
        metrics.add(metric(classifier, label, asked[label], agreed[label], circumstances));
      }
    }
    return metrics;
  }

  private static Metric metric(
      Classifier classifier, Integer label, long asked, long agreed, Circumstances c) {
    return new Metric(
        Metric.Kind.CLASS_AGREEMENT,
        label,
        label == null ? null : classifier.classes().get(label),
        (double) agreed / asked,
        c.seenBy(classifier.identity(), asked, 0, List.of()));
  }

  private static Image image(Dataset samples, int index) {
    try {
      return samples.image(index);
    } catch (BadImageException e) {
      throw new IllegalArgumentException(
          samples.name() + " " + samples.id(index) + ": " + e.getMessage(), e);
    }
  }
}

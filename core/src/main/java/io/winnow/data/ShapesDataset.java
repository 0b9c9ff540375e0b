package io.winnow.data;

import io.winnow.tensor.RandomStreams;
import java.util.List;
import java.util.Locale;

/**
 * Generated pictures of ten shapes, 16 x 16, whose redundancy is known: a quickstart that needs no
 * file and on which a pruning method's behaviour can be checked. A pure function of (count, seed).
 *
 * <p>Every class has the same mixture, in a random order: 4 % mislabelled, 8 % outliers, 18 %
 * near-duplicates, the rest typical. The kind is in the sample's id, {@code
 * shapes/circle/00012-outlier.png}. Half of the classes vary much more than the other half ({@link
 * Hand}), so that weights per class have something to say.
 */
public final class ShapesDataset implements Dataset {
  /** Side of every picture in pixels. */
  public static final int SIDE = Drawing.SIDE;

  static final List<String> CLASSES = Shape.names();

  private static final double MISLABELLED = 0.04;
  private static final double OUTLIERS = 0.08;
  private static final double NEAR_DUPLICATES = 0.18;

  /** What a picture was drawn as. */
  public enum Kind {
    /** The class's shape in its colour, with as much variation as its {@link Hand}. */
    TYPICAL,
    /** Another typical picture of the class, with a grey level more or less here and there. */
    NEAR_DUPLICATE,
    /** Far from the rest of its class in colour, size, place and background. */
    OUTLIER,
    /** A typical picture of another class. */
    MISLABELLED;

    /** As it stands in ids: lower case, with hyphens. */
    String slug() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private final RandomStreams random;
  private final int count;
  private final int[] firstOfClass;
  private final Kind[] kinds;

  public ShapesDataset(int count, long seed) {
    this.random = RandomStreams.of(seed);
    this.count = count;
    this.kinds = new Kind[count];
    this.firstOfClass = new int[CLASSES.size() + 1];
    for (int label = 0; label < CLASSES.size(); label++) {
      int members = count / CLASSES.size() + (label < count % CLASSES.size() ? 1 : 0);
      firstOfClass[label + 1] = firstOfClass[label] + members;
      int[] order = random.permutation(members, "shapes.kinds", label);
      for (int rank = 0; rank < members; rank++) {
        kinds[firstOfClass[label] + order[rank]] = kindOfRank(rank, members);
      }
    }
  }

  private static Kind kindOfRank(int rank, int members) {
    double share = (rank + 0.5) / members;
    if (share < MISLABELLED) {
      return Kind.MISLABELLED;
    }
    if (share < MISLABELLED + OUTLIERS) {
      return Kind.OUTLIER;
    }
    return share < MISLABELLED + OUTLIERS + NEAR_DUPLICATES ? Kind.NEAR_DUPLICATE : Kind.TYPICAL;
  }

  /** What sample i was drawn as. */
  public Kind kind(int i) {
    return kinds[i];
  }

  @Override
  public String name() {
    return "shapes (" + count + " images, seed " + random.seed() + ")";
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public List<String> classes() {
    return CLASSES;
  }

  @Override
  public String id(int i) {
    int label = label(i);
    return "shapes/%s/%05d-%s.png"
        .formatted(CLASSES.get(label), i - firstOfClass[label], kinds[i].slug());
  }

  @Override
  public int label(int i) {
    int label = 0;
    while (i >= firstOfClass[label + 1]) {
      label++;
    }
    return label;
  }

  @Override
  public byte[] encoded(int i) {
    return image(i).rgb();
  }

  @Override
  public Image image(int i) {
    int label = label(i);
    return switch (kinds[i]) {
      case TYPICAL -> Drawing.typical(label, random, i).image();
      case NEAR_DUPLICATE -> Drawing.typical(label, random, original(i)).image(random, i);
      case OUTLIER -> Drawing.outlier(label, random, i).image(random, i);
      case MISLABELLED -> Drawing.typical(otherLabel(label, i), random, i).image();
    };
  }

  /**
   * The typical picture that a near-duplicate repeats: the nearest one before it, else after it.
   */
  private int original(int i) {
    int label = label(i);
    for (int j = i - 1; j >= firstOfClass[label]; j--) {
      if (kinds[j] == Kind.TYPICAL) {
        return j;
      }
    }
    int j = i + 1;
    while (kinds[j] != Kind.TYPICAL) {
      j++;
    }
    return j;
  }

  private int otherLabel(int label, int i) {
    int step = 1 + (int) (random.uniform("shapes.other", i) * (CLASSES.size() - 1));
    return (label + step) % CLASSES.size();
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}

package io.winnow.data;

import io.winnow.config.OrNull;
import io.winnow.tensor.RandomStreams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A data set with faults that are known: outliers, near-duplicates, wrong labels, classes of very
 * different sizes ({@link Damage}). A pure function of both data sets, the damage and a seed. What
 * became of an image stands in its id, {@code train/cat/00012-outlier.png}.
 */
public final class DamagedDataset implements Dataset {
  private static final int SHIFT = 1; // pixels
  private static final int BRIGHTNESS = 6; // grey levels
  private static final int NOISE = 2;

  /** What is at a place. */
  public enum Kind {
    /** An image of the class. */
    CLEAN,
    /** An image of another data set. */
    OUTLIER,
    /** Nearly an image of the class that is there as well. */
    NEAR_DUPLICATE,
    /** An image of another class. */
    WRONG_LABEL;

    /** As it stands in ids: lower case, with hyphens. */
    public String slug() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * A place.
   *
   * @param image of the data set, or for an outlier of the other one
   */
  private record Place(int label, int number, Kind kind, int image) {}

  private final Dataset clean;
  private final @OrNull Dataset strange;
  private final String split;
  private final Damage damage;
  private final RandomStreams random;
  private final List<Place> places = new ArrayList<>();

  /**
   * Plans the damage.
   *
   * @param clean with classes; closed with this
   * @param strange where outliers come from; null without any; closed with this
   * @param split that the ids begin with
   * @throws IllegalArgumentException when there are outliers but no data set of them, or a class
   *     has too few images for the damage
   */
  public DamagedDataset(
      Dataset clean, @OrNull Dataset strange, String split, Damage damage, long seed) {
    if (damage.outliers() > 0 && (strange == null || strange.size() == 0)) {
      throw new IllegalArgumentException(
          "outliers: a share of "
              + damage.outliers()
              + ", but no images that they could be; expected another data set.");
    }
    this.clean = clean;
    this.strange = strange;
    this.split = split;
    this.damage = damage;
    this.random = RandomStreams.of(seed);
    for (int label = 0; label < clean.classes().size(); label++) {
      plan(label);
    }
    swapLabels();
  }

  private void plan(int label) {
    int[] members = members(label);
    int[] order = random.permutation(members.length, "damage.kinds", label);
    int outliers = (int) Math.round(damage.outliers() * members.length);
    int duplicates = (int) Math.round(damage.nearDuplicates() * members.length);
    int wrong = (int) Math.round(damage.wrongLabels() * members.length);
    int from = outliers + duplicates + wrong;
    int originals = Math.max(1, damage.originals() / clean.classes().size());
    if (duplicates > 0 && members.length - from < originals) {
      throw new IllegalArgumentException(
          "class %s: %d images are left as they are, fewer than the %d that near-duplicates repeat; expected more. Take a smaller share, or fewer originals."
              .formatted(clean.classes().get(label), members.length - from, originals));
    }
    Place[] planned = new Place[members.length];
    for (int rank = 0; rank < members.length; rank++) {
      int at = order[rank];
      int image = members[at];
      Kind kind = rank < from ? Kind.WRONG_LABEL : Kind.CLEAN;
      if (rank < outliers) {
        kind = Kind.OUTLIER;
        image = (int) (random.uniform("damage.outlier", image) * strange.size());
      } else if (rank < outliers + duplicates) {
        kind = Kind.NEAR_DUPLICATE;
        image = members[order[from + (rank - outliers) % originals]];
      }
      planned[at] = new Place(label, at, kind, image);
    }
    places.addAll(Arrays.asList(planned));
  }

  /** Images of a class that take part, in their order. */
  private int[] members(int label) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < clean.size(); i++) {
      if (clean.label(i) == label) {
        all.add(i);
      }
    }
    if (damage.longTail() == null) {
      return all.stream().mapToInt(Integer::intValue).toArray();
    }
    int size = damage.longTail().size(label, clean.classes().size());
    if (size > all.size()) {
      throw new IllegalArgumentException(
          "class %s: %d images, but the long tail wants %d of it; expected no more than there are."
              .formatted(clean.classes().get(label), all.size(), size));
    }
    int[] order = random.permutation(all.size(), "damage.tail", label);
    return Arrays.stream(order, 0, size).sorted().map(all::get).toArray();
  }

  /** Images of wrong labels go around: each comes to the place of one of another class. */
  private void swapLabels() {
    List<Integer> wrong = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      if (places.get(i).kind() == Kind.WRONG_LABEL) {
        wrong.add(i);
      }
    }
    // Classes follow one another in the list: half of it further on there is another class.
    int half = wrong.size() / 2;
    List<Place> before = List.copyOf(places);
    for (int k = 0; k < wrong.size(); k++) {
      Place here = before.get(wrong.get(k));
      Place there = before.get(wrong.get((k + half) % wrong.size()));
      if (here.label() == there.label()) {
        throw new IllegalArgumentException(
            "wrong labels: more than half of them are of class %s; expected classes of more even sizes, so that its images find places in others."
                .formatted(clean.classes().get(here.label())));
      }
      places.set(wrong.get(k), new Place(here.label(), here.number(), here.kind(), there.image()));
    }
  }

  /** What is at place i. */
  public Kind kind(int i) {
    return places.get(i).kind();
  }

  /**
   * The id of the image that place i shows, or nearly shows, in the data set that it comes from.
   */
  public String origin(int i) {
    return source(i).id(places.get(i).image());
  }

  private Dataset source(int i) {
    return kind(i) == Kind.OUTLIER ? strange : clean;
  }

  @Override
  public String name() {
    return "damaged " + clean.name();
  }

  @Override
  public int size() {
    return places.size();
  }

  @Override
  public List<String> classes() {
    return clean.classes();
  }

  @Override
  public String id(int i) {
    Place place = places.get(i);
    return "%s/%s/%05d-%s.png"
        .formatted(split, classes().get(place.label()), place.number(), place.kind().slug());
  }

  @Override
  public int label(int i) {
    return places.get(i).label();
  }

  @Override
  public byte[] encoded(int i) {
    try {
      return Png.encode(image(i));
    } catch (BadImageException e) {
      throw new IllegalArgumentException(
          source(i).name() + " " + origin(i) + ": " + e.getMessage());
    }
  }

  @Override
  public Image image(int i) throws BadImageException {
    Image image = source(i).image(places.get(i).image());
    return kind(i) == Kind.NEAR_DUPLICATE ? nearly(image, i) : image;
  }

  /**
   * Shifted by up to a pixel with the edge repeated, a little brighter or darker, a little noise.
   */
  private Image nearly(Image image, int place) {
    int dx = within(SHIFT, "damage.dx", place);
    int dy = within(SHIFT, "damage.dy", place);
    int brighter = within(BRIGHTNESS, "damage.brightness", place);
    int width = image.width();
    int height = image.height();
    byte[] rgb = new byte[image.rgb().length];
    for (int y = 0; y < height; y++) {
      int fromY = Math.min(Math.max(y + dy, 0), height - 1);
      for (int x = 0; x < width; x++) {
        int fromX = Math.min(Math.max(x + dx, 0), width - 1);
        for (int c = 0; c < 3; c++) {
          int at = (y * width + x) * 3 + c;
          int value = image.rgb()[(fromY * width + fromX) * 3 + c] & 0xff;
          int moved = value + brighter + within(NOISE, "damage.noise", place, at);
          rgb[at] = (byte) Math.min(Math.max(moved, 0), 255);
        }
      }
    }
    return new Image(width, height, rgb);
  }

  /** A whole number in [-most, most]. */
  private int within(int most, String purpose, long... indices) {
    return (int) (random.uniform(purpose, indices) * (2 * most + 1)) - most;
  }

  @Override
  public void close() {
    clean.close();
    if (strange != null) {
      strange.close();
    }
  }
}

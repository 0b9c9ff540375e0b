package io.winnow.data;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Pillow's resize, bit for bit on bytes (mode RGB) and to float rounding on floats (mode F). Two
 * passes, first along rows, then along columns; a pass is left out where its size does not change;
 * the first pass of the byte form is rounded and clipped to bytes. Safe for use by several threads.
 *
 * <p>Source: Pillow 12, {@code Resample.c}, checked by experiment.
 */
public final class PillowResize {
  /** Pictures come in few sizes; a data set of endless ones must not fill the memory. */
  private static final int MAX_TABLES = 512;

  /** Half a level in the fixed point of the sums. */
  private static final int HALF = 1 << (ResizeTable.BITS - 1);

  private static final int BITS = ResizeTable.BITS;

  private record Axis(int from, int to) {}

  /** Buffers of one thread, grown to the largest picture it has seen. */
  private static final class Scratch {
    private int[] middle = new int[0];
    private int[] levels = new int[0];

    int[] middle(int length) {
      if (middle.length < length) {
        middle = new int[length];
      }
      return middle;
    }

    int[] levels(int length) {
      if (levels.length < length) {
        levels = new int[length];
      }
      return levels;
    }
  }

  private final Filter filter;
  private final Map<Axis, ResizeTable> tables = new ConcurrentHashMap<>();
  private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

  public PillowResize(Filter filter) {
    this.filter = filter;
  }

  private ResizeTable table(int from, int to) {
    if (tables.size() > MAX_TABLES) {
      tables.clear();
    }
    return tables.computeIfAbsent(new Axis(from, to), a -> new ResizeTable(from, to, filter));
  }

  /** Takes a finished row: [3, width] levels 0 to 255, valid during the call only. */
  @FunctionalInterface
  interface Row {
    void accept(int y, int[] levels);
  }

  /** Resizes bytes; the picture itself where it already has the size. */
  public Image uint8(Image image, int width, int height) {
    return uint8(image, width, height, new Window(0, 0, width, height));
  }

  /**
   * Resizes bytes and gives a part of the result, without computing the rest.
   *
   * @param window in pixels of the resized picture, inside it
   */
  Image uint8(Image image, int width, int height, Window window) {
    if (image.width() == width && image.height() == height) {
      return window.of(image);
    }
    byte[] rgb = new byte[window.width() * window.height() * 3];
    int row = window.width();
    rows(
        image,
        width,
        height,
        window,
        (y, levels) -> {
          for (int x = 0, to = y * row * 3; x < row; x++, to += 3) {
            rgb[to] = (byte) levels[x];
            rgb[to + 1] = (byte) levels[row + x];
            rgb[to + 2] = (byte) levels[2 * row + x];
          }
        });
    return new Image(window.width(), window.height(), rgb);
  }

  /** As {@link #uint8}, row by row from the top of the window. */
  void rows(Image image, int width, int height, Window window, Row sink) {
    ResizeTable table = image.height() == height ? null : table(image.height(), height);
    int bottom = window.top() + window.height() - 1;
    int first = table == null ? window.top() : table.first(window.top());
    int last = table == null ? bottom : table.first(bottom) + table.count(bottom) - 1;
    int row = window.width() * 3;
    Scratch buffers = scratch.get();
    int[] middle = buffers.middle((last - first + 1) * row);
    if (image.width() == width) {
      copyRows(image, first, last, window, middle);
    } else {
      alongRows(image, table(image.width(), width), first, last, window, middle);
    }
    int[] levels = buffers.levels(row);
    for (int y = 0; y < window.height(); y++) {
      if (table == null) {
        System.arraycopy(middle, y * row, levels, 0, row);
      } else {
        alongColumns(middle, first, table, window.top() + y, levels, row);
      }
      sink.accept(y, levels);
    }
  }

  private static void copyRows(Image image, int first, int last, Window window, int[] middle) {
    byte[] rgb = image.rgb();
    int width = window.width();
    for (int y = first, to = 0; y <= last; y++, to += 3 * width) {
      int from = (y * image.width() + window.left()) * 3;
      for (int x = 0; x < width; x++, from += 3) {
        middle[to + x] = rgb[from] & 0xFF;
        middle[to + width + x] = rgb[from + 1] & 0xFF;
        middle[to + 2 * width + x] = rgb[from + 2] & 0xFF;
      }
    }
  }

  /** The first pass, from [H, W, 3] to rows of [3, width], so that all later loops are plain. */
  private static void alongRows(
      Image image, ResizeTable table, int first, int last, Window window, int[] middle) {
    int row = 3 * window.width();
    for (int y = first, to = 0; y <= last; y++, to += row) {
      if (table.taps() == 2) {
        twoTaps(image.rgb(), y * image.width(), table, window, middle, to);
      } else {
        manyTaps(image.rgb(), y * image.width(), table, window, middle, to);
      }
    }
  }

  /** Enlarging bilinearly, the most frequent resize of all, mixes two pixels everywhere. */
  private static void twoTaps(
      byte[] rgb, int row, ResizeTable table, Window window, int[] middle, int to) {
    int[] firsts = table.firsts();
    int[] weights = table.fixed();
    int width = window.width();
    for (int x = 0; x < width; x++) {
      int target = window.left() + x;
      int left = weights[2 * target];
      int right = weights[2 * target + 1];
      int a = (row + firsts[target]) * 3;
      // The second pixel of the last column does not exist; its weight is 0.
      int b = right == 0 ? a : a + 3;
      middle[to + x] = clip((rgb[a] & 0xFF) * left + (rgb[b] & 0xFF) * right + HALF);
      middle[to + width + x] =
          clip((rgb[a + 1] & 0xFF) * left + (rgb[b + 1] & 0xFF) * right + HALF);
      middle[to + 2 * width + x] =
          clip((rgb[a + 2] & 0xFF) * left + (rgb[b + 2] & 0xFF) * right + HALF);
    }
  }

  private static void manyTaps(
      byte[] rgb, int row, ResizeTable table, Window window, int[] middle, int to) {
    int[] weights = table.fixed();
    int taps = table.taps();
    int width = window.width();
    for (int x = 0; x < width; x++) {
      int red = HALF;
      int green = HALF;
      int blue = HALF;
      int target = window.left() + x;
      int from = (row + table.first(target)) * 3;
      int end = target * taps + table.count(target);
      for (int w = target * taps; w < end; w++, from += 3) {
        int weight = weights[w];
        red += (rgb[from] & 0xFF) * weight;
        green += (rgb[from + 1] & 0xFF) * weight;
        blue += (rgb[from + 2] & 0xFF) * weight;
      }
      middle[to + x] = clip(red);
      middle[to + width + x] = clip(green);
      middle[to + 2 * width + x] = clip(blue);
    }
  }

  /** The second pass for one row, in plain loops over ints, which the JIT compiler vectorises. */
  private static void alongColumns(
      int[] middle, int first, ResizeTable table, int target, int[] levels, int row) {
    int[] weights = table.fixed();
    int weight = target * table.taps();
    int end = weight + table.count(target);
    int from = (table.first(target) - first) * row;
    Arrays.fill(levels, 0, row, HALF);
    for (; weight < end; weight++, from += row) {
      add(middle, from, weights[weight], levels, row);
    }
    for (int i = 0; i < row; i++) {
      levels[i] = clip(levels[i]);
    }
  }

  private static void add(int[] values, int from, int weight, int[] sums, int length) {
    for (int i = 0; i < length; i++) {
      sums[i] += values[from + i] * weight;
    }
  }

  private static int clip(int sum) {
    return Math.min(255, Math.max(0, sum >> BITS));
  }

  /**
   * Resizes one plane of floats: weights and sums in float64, each pass stored as float32, nothing
   * rounded or clipped.
   *
   * @param plane [fromHeight, fromWidth]
   * @return [height, width]; the plane itself where it already has the size
   */
  public float[] floats(float[] plane, int fromWidth, int fromHeight, int width, int height) {
    float[] middle = plane;
    if (fromWidth != width) {
      middle = new float[fromHeight * width];
      ResizeTable table = table(fromWidth, width);
      for (int y = 0; y < fromHeight; y++) {
        alongRow(plane, y * fromWidth, table, middle, y * width, width);
      }
    }
    if (fromHeight == height) {
      return middle;
    }
    float[] resized = new float[height * width];
    ResizeTable table = table(fromHeight, height);
    double[] sums = new double[width];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, 0);
      for (int j = 0; j < table.count(y); j++) {
        double weight = table.weights()[y * table.taps() + j];
        int from = (table.first(y) + j) * width;
        for (int x = 0; x < width; x++) {
          sums[x] += middle[from + x] * weight;
        }
      }
      for (int x = 0; x < width; x++) {
        resized[y * width + x] = (float) sums[x];
      }
    }
    return resized;
  }

  private static void alongRow(
      float[] plane, int from, ResizeTable table, float[] middle, int to, int width) {
    double[] weights = table.weights();
    for (int x = 0; x < width; x++) {
      double sum = 0;
      int first = from + table.first(x);
      int at = x * table.taps();
      for (int j = 0; j < table.count(x); j++) {
        sum += plane[first + j] * weights[at + j];
      }
      middle[to + x] = (float) sum;
    }
  }
}

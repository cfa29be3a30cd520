// The tour in C++: containers, algorithms, streams, virtual calls, closures, and objects that live
// before and after main; without exceptions.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <vector>

struct Shape {
    virtual ~Shape() = default;
    virtual std::string name() const = 0;
    virtual double area() const = 0;
};

struct Circle : Shape {
    double radius;
    explicit Circle(double radius) : radius(radius) {}
    ~Circle() override { std::cout << "gone: circle\n"; }
    std::string name() const override { return "circle"; }
    double area() const override { return 3.14159265358979 * radius * radius; }
};

struct Rectangle : Shape {
    double width, height;
    Rectangle(double width, double height) : width(width), height(height) {}
    ~Rectangle() override { std::cout << "gone: rectangle\n"; }
    std::string name() const override { return "rectangle"; }
    double area() const override { return width * height; }
};

struct Announcer {
    Announcer() { std::puts("constructed before main"); }
    ~Announcer() { std::puts("destroyed after main"); }
} announcer;

static void tour_words() {
    std::map<std::string, int> counts;
    for (std::string word; std::cin >> word;) ++counts[word];
    std::vector<std::pair<std::string, int>> words(counts.begin(), counts.end());
    std::stable_sort(words.begin(), words.end(),
                     [](auto &a, auto &b) { return a.second > b.second; });
    for (auto &[word, count] : words) std::cout << std::setw(8) << word << ' ' << count << '\n';
}

static void tour_shapes() {
    std::vector<std::unique_ptr<Shape>> shapes;
    shapes.push_back(std::make_unique<Circle>(1.5));
    shapes.push_back(std::make_unique<Rectangle>(2, 3.25));
    double total = 0;
    for (auto &shape : shapes) {
        std::cout << shape->name() << ' ' << shape->area() << '\n';
        total += shape->area();
    }
    std::cout << std::setprecision(12) << "area " << total << '\n';
}

static void tour_numbers() {
    std::mt19937_64 generator(42);
    std::vector<uint64_t> values(500);
    std::generate(values.begin(), values.end(), std::ref(generator));
    std::sort(values.begin(), values.end(), std::greater<>());
    auto mixed = std::accumulate(values.begin(), values.end(), uint64_t{0},
                                 [](uint64_t a, uint64_t b) { return a * 31 + b; });
    std::cout << values.front() << ' ' << values.back() << ' ' << std::hex << mixed << '\n';
    std::ostringstream text;
    text << std::fixed << std::setprecision(6) << 2.0 / 3 << ' ' << std::scientific << 12345.678;
    std::cout << text.str() << ' ' << std::stod("1e-3") << '\n';
}

static void tour_file() {
    if (FILE *file = std::fopen("/w/out.txt", "wb")) {
        for (int i = 0; i < 1000; i++) std::fprintf(file, "%d squared is %d\n", i, i * i);
        std::fclose(file);
    }
}

int main(int argc, char **argv) {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    for (auto &argument : arguments) std::cout << '<' << argument << ">\n";
    const char *greeting = std::getenv("GREETING");
    std::cout << "greeting: " << (greeting ? greeting : "none") << '\n';
    auto start = std::chrono::steady_clock::now();
    tour_words();
    tour_shapes();
    tour_numbers();
    tour_file();
    std::cout << "time moves: " << (std::chrono::steady_clock::now() >= start) << std::endl;
    std::cerr << "leaving with 3\n";
    std::exit(3);
}

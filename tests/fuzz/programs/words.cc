// Containers and virtual functions.

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
};

struct Square : Shape {
    double side;
    explicit Square(double side) : side(side) {}
    double area() const override { return side * side; }
};

struct Circle : Shape {
    double radius;
    explicit Circle(double radius) : radius(radius) {}
    double area() const override { return 3.25 * radius * radius; }
};

int main() {
    std::map<std::string, int> counts;
    std::string word;
    unsigned state = 7;
    for (int i = 0; i < 3000; i++) {
        state = state * 1664525 + 1013904223;
        word += static_cast<char>('a' + (state >> 28));
        if (word.size() > (state >> 16 & 3)) {
            counts[word]++;
            word.clear();
        }
    }
    int shown = 0;
    for (const auto &[name, count] : counts)
        if (count > 12 && shown++ < 20) std::printf("%s %d\n", name.c_str(), count);
    std::vector<std::unique_ptr<Shape>> shapes;
    for (int i = 0; i < 50; i++) {
        if (i % 3) shapes.push_back(std::make_unique<Square>(i * .5));
        else shapes.push_back(std::make_unique<Circle>(i * .25));
    }
    double sum = 0;
    for (const auto &shape : shapes) sum += shape->area();
    std::printf("%zu words, %.4f\n", counts.size(), sum);
}

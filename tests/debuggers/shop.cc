// What debuggers are asked of: classes, bases, references, a vector, a static member.

#include <cstdio>
#include <vector>

namespace shop {

class Named {
public:
    explicit Named(const char *name) : name(name) {}
    virtual ~Named() = default;
    virtual int cost() const = 0;

protected:
    const char *name;
};

class Item : public Named {
public:
    static int made;

    Item(const char *name, int price, const Item *next)
        : Named(name), price(price), next(next) {
        made++;
    }

    int cost() const override {
        int doubled = price * 2;
        return doubled; // in cost
    }

private:
    int price;
    const Item *next;
};

int Item::made = 0;

int total(const Item &first, std::vector<int> &counts) {
    int sum = 0;
    for (int &count : counts) {
        sum += first.cost() * count; // in total
        count = 0;
    }
    return sum;
}

} // namespace shop

int main() {
    shop::Item last("plum", 5, nullptr);
    shop::Item first("pear", 30, &last);
    std::vector<int> counts = {1, 2, 3};
    int sum = shop::total(first, counts); // in main
    std::printf("%d\n", sum);
}

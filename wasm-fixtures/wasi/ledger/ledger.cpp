// ledger [file]...: reads lines "account;amount" with streams, sums them up in a map, and writes a table to /out/balance.txt, the
// largest balance first. Lines that it cannot read go to the standard error, and their number is the exit code.
#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Account {
  double balance = 0;
  int bookings = 0;
};

class Ledger {
public:
  void read(const std::string &name, std::istream &lines) {
    std::string line;
    for (int number = 1; std::getline(lines, line); number++)
      if (!line.empty() && !book(line)) {
        std::cerr << name << ':' << number << ": cannot read \"" << line << "\"\n";
        unread_++;
      }
  }

  void missing(const std::string &name) {
    std::cerr << name << ": cannot be opened\n";
    unread_++;
  }

  int unread() const { return unread_; }
  std::size_t size() const { return accounts_.size(); }

  void write(std::ostream &out) const {
    std::vector<std::pair<std::string, Account>> rows(accounts_.begin(), accounts_.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto &a, const auto &b) { return a.second.balance > b.second.balance; });
    out << std::fixed << std::setprecision(2);
    for (const auto &[name, account] : rows)
      out << std::left << std::setw(10) << name << std::right << std::setw(12) << account.balance << std::setw(4)
          << account.bookings << '\n';
  }

private:
  bool book(const std::string &line) {
    std::istringstream fields(line);
    std::string account;
    double amount;
    if (!std::getline(fields, account, ';') || !(fields >> amount) || !(fields >> std::ws).eof()) return false;
    Account &known = accounts_[account];
    known.balance += amount;
    known.bookings++;
    return true;
  }

  std::map<std::string, Account> accounts_;
  int unread_ = 0;
};

} // namespace

int main(int argc, char **argv) {
  Ledger ledger;
  for (int i = 1; i < argc; i++) {
    std::ifstream file(argv[i]);
    if (file) ledger.read(argv[i], file);
    else ledger.missing(argv[i]);
  }
  ledger.read("standard input", std::cin);
  std::ofstream out("/out/balance.txt");
  ledger.write(out);
  std::cout << ledger.size() << " accounts, " << ledger.unread() << " lines unread" << std::endl;
  return ledger.unread();
}

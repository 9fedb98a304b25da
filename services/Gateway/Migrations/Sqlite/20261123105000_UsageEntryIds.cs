using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.Gateway.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class UsageEntryIds : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "entry_id",
                table: "gateway_usage",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_gateway_usage_entry_id",
                table: "gateway_usage",
                column: "entry_id",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_gateway_usage_entry_id",
                table: "gateway_usage");

            migrationBuilder.DropColumn(
                name: "entry_id",
                table: "gateway_usage");
        }
    }
}
